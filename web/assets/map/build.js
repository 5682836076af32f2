// Bundles the map and MapLibre's worker into web/assets/built/; run by `make setup`.
import {build} from 'esbuild';
import {fileURLToPath} from 'node:url';
import {dirname, join} from 'node:path';

const here = dirname(fileURLToPath(import.meta.url));
const done = await build({
  entryPoints: {map: join(here, 'main.js'), 'map-worker': 'maplibre-gl/dist/maplibre-gl-worker.mjs'},
  outdir: join(here, '..', 'built'), absWorkingDir: join(here, '..'),
  bundle: true, minify: true, format: 'esm', target: 'es2022', legalComments: 'linked', metafile: true,
  loader: {'.css': 'text'}, define: {'process.env.NODE_ENV': '"production"'}, logLevel: 'warning',
});
for (const [file, {bytes}] of Object.entries(done.metafile.outputs)) {
  if (file.endsWith('.js')) console.log(`${file}: ${Math.round(bytes / 1024)} kB`);
}
