// MapLibre, set up once: its worker from our own server, and `pmtiles://` sources.
import * as maplibre from 'maplibre-gl';
import {PMTiles, Protocol, TileType} from 'pmtiles';

maplibre.setWorkerUrl(new URL('/assets/map-worker.js' + new URL(import.meta.url).search, location.origin).href);
maplibre.setWorkerCount(1); // the ground is small, and browsers of desks have two cores
const archives = new Protocol();
maplibre.addProtocol('pmtiles', archives.tile);

// Whether the archive a style draws holds pictures, where the server could not tell. One that is away holds nothing.
export async function holdsPictures(style) {
  const address = style?.metadata?.['takhai:held']?.replace('pmtiles://', '');
  if (!address) return false;
  if (!archives.get(address)) archives.add(new PMTiles(address));
  try {
    const {tileType} = await archives.get(address).getHeader();
    return tileType !== TileType.Mvt && tileType !== TileType.Unknown;
  } catch (error) {
    console.warn(`the base source is away: ${error.message}`);
    return false;
  }
}

export default maplibre;
