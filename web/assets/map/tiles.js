// Vector tiles of our own server: each fetched and read once, however many layers draw it.
import {TileLayer} from '@deck.gl/geo-layers';
import {VectorTile} from '@mapbox/vector-tile';
import {PbfReader} from 'pbf';

const MOST = 96; // tiles kept; a screen holds about a dozen
const TRIES = 5, FIRST_WAIT_MS = 1000;
const STATUSES = 5;
const SETTLED_MS = 50; // tiles come by the dozen

export class TileStore {
  constructor(changed) {
    this.kept = new Map(); // address -> promise of the tile, the longest unused first
    this.arrived = 0; // tiles with counts: names make room for them
    this.changed = changed;
  }

  load(url, index, v) {
    if (v !== this.v) this.kept.clear(); // addresses carry the version: nobody asks for those any more
    this.v = v;
    const found = this.kept.get(url) ?? this.fresh(url, index, v);
    this.kept.delete(url);
    this.kept.set(url, found);
    if (this.kept.size > MOST) this.kept.delete(this.kept.keys().next().value);
    return found;
  }

  fresh(url, index, v) {
    const found = fetched(url, index, v);
    found.then(
      tile => {
        if (!tile?.clusters.length) return;
        this.arrived++;
        clearTimeout(this.telling);
        this.telling = setTimeout(this.changed, SETTLED_MS);
      },
      () => this.kept.delete(url),
    );
    return found;
  }
}

// Base of the layers that are drawn from tiles. `address` holds {v}: the version follows the server.
export class OurTiles extends TileLayer {
  static following(layer, live) {
    return layer.clone({live, data: layer.props.address.replace('{v}', live.v)});
  }

  updateState(params) {
    super.updateState(params);
    this.props.tilesets?.set(this.props.id, this.state.tileset);
  }

  finalizeState(context) {
    if (this.props.tilesets?.get(this.props.id) === this.state.tileset) this.props.tilesets.delete(this.props.id);
    super.finalizeState(context);
  }

  getTileData(tile) {
    const {index: {x, y, z}} = tile;
    const url = this.props.data.replace('{z}', z).replace('{x}', x).replace('{y}', y);
    return this.props.tiles.load(url, {x, y, z}, this.props.live.v);
  }
}
OurTiles.layerName = 'OurTiles';
OurTiles.defaultProps = {
  address: '', tiles: {type: 'object', value: null, compare: 0}, tilesets: {type: 'object', value: null, compare: 0},
  live: {type: 'object', value: null, compare: 0}, maxZoom: 16, minZoom: null, maxCacheSize: 60, onTileError: () => {},
};

// Values of an expression for each status, as it knows no other property that changes.
export function byStatus(expression, more = {}) {
  return Array.from({length: STATUSES}, (_, st) => expression({properties: {...more, st}}));
}

// Status of a camera now, if it changed since its tile was made.
export function changesOf(live, tile) {
  return live.told.get(tile.v) ?? NONE;
}
const NONE = new Map();

// A word that is another one when a camera of these rows changed; else nothing needs to be drawn anew.
export function stamp(live, tile, rowOf) {
  const touched = [];
  for (const [id, [, , st]] of changesOf(live, tile)) if (rowOf.has(id)) touched.push(`${id}:${st}`);
  return touched.join(' ');
}

async function fetched(url, index, v) {
  for (let tried = 1, wait = FIRST_WAIT_MS; ; tried++, wait *= 2) {
    try {
      const reply = await fetch(url);
      if (reply.status === 204) return null;
      if (reply.ok) return read(await reply.arrayBuffer(), index, v);
      if (reply.status < 500 || tried === TRIES) throw new Refused(`${url}: ${reply.status}`);
    } catch (error) {
      if (error instanceof Refused || tried === TRIES) throw error;
    }
    await new Promise(done => setTimeout(done, wait)); // the server is away for a moment
  }
}
class Refused extends Error {}

function read(buffer, index, v) {
  const {layers} = new VectorTile(new PbfReader(buffer));
  const place = placer(index);
  return {
    v, index,
    clusters: each(layers.clusters, feature => feature.properties),
    cams: cameras(layers.cams, place),
    sectors: ground(layers.sectors, place),
  };
}

function cameras(layer, place) {
  const count = layer?.length ?? 0;
  const [ids, st] = [new Float64Array(count), new Uint8Array(count)];
  const positions = new Float64Array(2 * count);
  const rowOf = new Map();
  for (let i = 0; i < count; i++) {
    const feature = layer.feature(i);
    const [[point]] = feature.loadGeometry();
    ids[i] = feature.id;
    st[i] = feature.properties.st;
    positions.set(place(point, layer.extent), 2 * i);
    rowOf.set(ids[i], i);
  }
  return {length: count, ids, st, positions, rowOf};
}

function ground(layer, place) {
  const rowOf = new Map();
  const shapes = each(layer, (feature, i) => {
    const {st, poss} = feature.properties;
    rowOf.set(feature.id, i);
    const rings = feature.loadGeometry().map(ring => ring.map(point => place(point, layer.extent)));
    return {id: feature.id, st, poss, rings};
  });
  return {shapes, rowOf};
}

function each(layer, make) {
  return Array.from({length: layer?.length ?? 0}, (_, i) => make(layer.feature(i), i));
}

// Units of a tile -> longitude and latitude.
function placer({x, y, z}) {
  return (point, extent) => {
    const across = (x + point.x / extent) / 2 ** z, down = (y + point.y / extent) / 2 ** z;
    return [across * 360 - 180, (Math.atan(Math.sinh(Math.PI * (1 - 2 * down))) * 180) / Math.PI];
  };
}
