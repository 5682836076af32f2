// pydeck's specification -> layers. Addresses in it are loaded here, so that each is asked for once.
import {PathStyleExtension} from '@deck.gl/extensions';
import {JSONConverter} from '@deck.gl/json';
import {IconLayer, PathLayer, PolygonLayer, ScatterplotLayer} from '@deck.gl/layers';
import {ChangedLayer, CameraTiles} from './cameras.js';
import {ClusterTiles} from './clusters.js';
import {rows} from './files.js';
import {GapsLayer} from './gaps.js';
import {GroundTiles} from './sectors.js';
import {NamesLayer} from './names.js';
import {OurTiles} from './tiles.js';

const classes = {
  CameraTiles, ChangedLayer, ClusterTiles, GapsLayer, GroundTiles, IconLayer, NamesLayer, PathLayer,
  PathStyleExtension, PolygonLayer, ScatterplotLayer,
};
const converter = new JSONConverter({configuration: {classes}});

// Before the map is whole, only what is drawn from tiles: the cameras.
export function readSpec(text, map) {
  const layers = [];
  for (const said of JSON.parse(text).layers) {
    if (!map.whole && !(classes[said['@@type']].prototype instanceof OurTiles)) continue;
    const known = {...said, ...shared(map)};
    if (typeof said.iconAtlas === 'string') {
      const atlas = map.atlases.get(said.iconAtlas, said.iconMapping);
      if (!atlas) continue; // drawn as soon as it is there
      delete known.iconAtlas;
      delete known.iconMapping;
      layers.push(made(known).clone(atlas));
    } else layers.push(made(known));
  }
  return layers;

  function made({tiles, tilesets, live, data, ...plain}) {
    const [layer] = converter.convert({layers: [plain]}).layers;
    if (layer.constructor.following) return layer.clone({tiles, tilesets, live});
    return layer.clone({data: typeof data === 'string' ? rows(data) : data ?? []});
  }
}

function shared(map) {
  return {tiles: map.tiles, tilesets: map.tilesets, live: map.live.now};
}
