// Names of places. Where they would lie on each other, or on a count, the more important one stays: worked out here
// for the few hundred there are, as the graphics card would need a second drawing of everything each frame.
import {CompositeLayer} from '@deck.gl/core';
import {IconLayer} from '@deck.gl/layers';
import {rows} from './files.js';

const TALL = 0.62; // of a name's picture: what its letters fill, the rare tone marks on tone marks left out
const DISC_ROOM_PX = 2;
const LEAST_PX = 20; // high, marks and all: smaller names cannot be read
const MARGIN_PX = 40; // beyond the edge of the window
// Where else the name of an area may stand, in heights and widths of the name: it has no one point.
const HERE = [0, 0];
const SHIFTS = [[0, 0], [0, 1.1], [0, -1.1], [0.6, 0.6], [-0.6, 0.6], [0.6, -0.6], [-0.6, -0.6]];

export class NamesLayer extends CompositeLayer {
  static following(layer, live, map) {
    return layer.clone({arrived: map.tiles.arrived, tilesets: map.tilesets});
  }

  shouldUpdateState({changeFlags}) {
    return changeFlags.somethingChanged; // the view too
  }

  updateState({props}) {
    const lists = props.kinds.map(({source}) => rows(source));
    for (const list of lists) if (!Array.isArray(list)) list.then(() => this.setNeedsUpdate());
    this.setState({lists});
  }

  renderLayers() {
    const {kinds, iconAtlas, iconMapping} = this.props;
    const shown = this.choose();
    return kinds.map((kind, i) =>
      new IconLayer(
        this.getSubLayerProps({
          id: kind.id, data: shown[i], iconAtlas, iconMapping, getPosition: row => row.c, getIcon: row => row.k,
          sizeUnits: kind.units, getSize: kind.size, sizeMaxPixels: kind.maxPixels,
          getPixelOffset: row => this.shifts.get(row) ?? HERE, updateTriggers: {getPixelOffset: this.moves},
        }),
      ),
    );
  }

  choose() {
    const {kinds, iconMapping} = this.props, {viewport} = this.context;
    const taken = this.discs(viewport), shifts = new Map();
    const before = this.shown ?? [];
    const order = kinds.map((kind, i) => i).sort((a, b) => kinds[b].priority - kinds[a].priority);
    const shown = [];
    for (const i of order) {
      const height = pixels(kinds[i], viewport), list = this.state.lists[i];
      const kept = !Array.isArray(list) || height < LEAST_PX ? [] : list.filter(row => {
        const icon = iconMapping[row.k];
        const shift = icon && place(taken, viewport, row.c, icon, height / icon.height, kinds[i].area ? SHIFTS : [HERE]);
        if (shift) shifts.set(row, shift);
        return shift;
      });
      // the same rows are the same object: nothing is sent to the card
      shown[i] = before[i] && before[i].length === kept.length && before[i].every((row, j) => row === kept[j]) ? before[i] : kept;
    }
    const said = [...shifts.values()].join();
    if (said !== this.said) [this.said, this.moves] = [said, (this.moves ?? 0) + 1];
    this.shifts = shifts;
    return (this.shown = shown);
  }

  discs(viewport) {
    const found = [];
    for (const {isVisible, content} of this.props.tilesets?.get('clusters')?.tiles ?? []) {
      for (const {lon, lat, r} of (isVisible && content?.clusters) || []) {
        const [x, y] = viewport.project([lon, lat]), half = r + DISC_ROOM_PX;
        if (inside(x, y, viewport)) found.push([x - half, y - half, x + half, y + half]);
      }
    }
    return found;
  }
}
NamesLayer.layerName = 'NamesLayer';
const given = {type: 'object', value: null, compare: 0};
NamesLayer.defaultProps = {kinds: {type: 'object', value: [], compare: 0}, iconAtlas: given, iconMapping: given, tilesets: given, arrived: 0};

// Takes the room of a name if nobody has it, here or a little aside; returns how far aside [px]. Its point need not
// be its middle.
function place(taken, viewport, at, {width, height, anchorX = width / 2}, scale, shifts) {
  const [x, y] = viewport.project(at);
  if (!inside(x, y, viewport)) return null;
  const [across, down] = [(width * scale) / 2, (height * scale * TALL) / 2];
  for (const [right, below] of shifts) {
    const shift = [Math.round(right * 2 * across), Math.round(below * 2 * down)];
    const [middleX, middleY] = [x + (width / 2 - anchorX) * scale + shift[0], y + shift[1]];
    const box = [middleX - across, middleY - down, middleX + across, middleY + down];
    if (taken.some(other => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    return shift;
  }
  return null;
}

function inside(x, y, {width, height}) {
  return x > -MARGIN_PX && y > -MARGIN_PX && x < width + MARGIN_PX && y < height + MARGIN_PX;
}

function pixels({units, size, maxPixels = Infinity}, viewport) {
  return units === 'pixels' ? size : Math.min(maxPixels, size / viewport.metersPerPixel);
}
