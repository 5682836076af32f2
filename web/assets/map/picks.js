// What lies under a point of the screen. Found in the tiles' own figures: the card need not draw everything twice.
const CAMERA_PX = 10, GAP_PX = 7, SAME_PX = 2;
const CAMERA_ZOOM = 12.5; // nearer than this single cameras are drawn
const WORST_FIRST = [2, 3, 0, 4, 1]; // status codes

export class Picker {
  constructor(map) {
    this.owner = map;
  }

  at(point) {
    return {cameras: this.cameras(point), gap: this.gap(point)};
  }

  // Cameras within reach, the nearest first; of those on one mast the worst, which lies on top.
  cameras(point) {
    const {map, live} = this.owner, found = new Map();
    if (map.getZoom() < CAMERA_ZOOM) return [];
    const box = this.box(point, CAMERA_PX);
    const consider = (id, lon, lat, st) => {
      if (lon < box[0] || lat < box[1] || lon > box[2] || lat > box[3] || !live.now.shows(st)) return;
      const spot = map.project([lon, lat]), away = Math.hypot(spot.x - point.x, spot.y - point.y);
      if (away <= CAMERA_PX) found.set(id, {id, lon, lat, st, away});
    };
    for (const tile of this.tiles('cameras')) {
      const {ids, st, positions, length} = tile.cams, told = live.now.told.get(tile.v);
      for (let i = 0; i < length; i++) {
        consider(ids[i], positions[2 * i], positions[2 * i + 1], told?.get(ids[i])?.[2] ?? st[i]);
      }
    }
    for (const [lon, lat, st, id] of live.now.changed) consider(id, lon, lat, st);
    const rank = ({st}) => WORST_FIRST.indexOf(st);
    return [...found.values()].sort((a, b) => (Math.abs(a.away - b.away) > SAME_PX ? a.away - b.away : rank(a) - rank(b)));
  }

  cluster(point) {
    const {map} = this.owner;
    let found = null;
    for (const tile of this.tiles('clusters')) {
      for (const cluster of tile.clusters) {
        const spot = map.project([cluster.lon, cluster.lat]);
        if (Math.hypot(spot.x - point.x, spot.y - point.y) <= cluster.r) found = cluster; // the last lies on top
      }
    }
    return found;
  }

  gap(point) {
    const {map, layers} = this.owner, box = this.box(point, GAP_PX);
    let found = null, nearest = GAP_PX;
    for (const layer of layers.filter(one => one.constructor.layerName === 'GapsLayer')) {
      for (const row of layer.constructor.rowsOf(layer, this.owner.live.now)) {
        const {p} = row;
        for (let i = 1; i < p.length; i++) {
          if (outside(p[i - 1], p[i], box)) continue;
          const away = distance(point, map.project(p[i - 1]), map.project(p[i]));
          // what is dark only now is drawn later, and on top
          if (away <= nearest) [found, nearest] = [row, away];
        }
      }
    }
    return found;
  }

  tiles(id) {
    const known = this.owner.tilesets.get(id)?.tiles ?? [];
    return known.filter(({isVisible, content}) => isVisible && content).map(({content}) => content);
  }

  // Longitudes and latitudes around a point of the screen, whichever way the map is turned.
  box({x, y}, reach) {
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([a, b]) => this.owner.map.unproject([x + a * reach, y + b * reach]));
    const [lons, lats] = [corners.map(({lng}) => lng), corners.map(({lat}) => lat)];
    return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
  }
}

function outside(a, b, [west, south, east, north]) {
  return Math.max(a[0], b[0]) < west || Math.min(a[0], b[0]) > east || Math.max(a[1], b[1]) < south || Math.min(a[1], b[1]) > north;
}

// From a point to the piece of line between two others. [px]
function distance(point, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y], long = dx * dx + dy * dy;
  const along = long ? Math.max(0, Math.min(1, ((point.x - a.x) * dx + (point.y - a.y) * dy) / long)) : 0;
  return Math.hypot(point.x - a.x - along * dx, point.y - a.y - along * dy);
}
