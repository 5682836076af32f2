// MapLibre, set up once: its worker from our own server, and `pmtiles://` sources.
import * as maplibre from 'maplibre-gl';
import {Protocol} from 'pmtiles';

maplibre.setWorkerUrl(new URL('/assets/map-worker.js' + new URL(import.meta.url).search, location.origin).href);
maplibre.setWorkerCount(1); // the ground is small, and browsers of desks have two cores
maplibre.addProtocol('pmtiles', new Protocol().tile);

export default maplibre;
