// The ground cameras cover, coloured by their status of now; possible ground is hatched. It is one coat: each place has
// the colour of the best that sees it, as in the strip, and is drawn once however many cameras see it.
import {ClipExtension} from '@deck.gl/extensions';
import {PathLayer, SolidPolygonLayer} from '@deck.gl/layers';
import {Hatch} from './hatch.js';
import {OurTiles, byStatus, changesOf, stamp} from './tiles.js';

const RANKS = [8, 0, 4, 1, 5]; // of a status: unknown, up, down, degraded, maintenance; the best first
const POSSIBLE = 2; // so much later: certainly seen through dirt comes before possibly seen, and down after both
const CROWD = 1500; // sectors in a tile: their outlines would cover the ground
const FIRST_STAYS = {depthWriteEnabled: true, depthCompare: 'less'};

export class GroundTiles extends OurTiles {
  renderSubLayers({data: tile, id, tile: {bbox: {west, south, east, north}}}) {
    const {live, getFillColor, getLineColor} = this.props;
    if (!tile?.sectors.shapes.length) return null;
    const told = changesOf(live, tile), now = shape => told.get(shape.id)?.[2] ?? shape.st;
    const looks = [0, 1].map(poss => ({
      fill: byStatus(getFillColor, {poss}), line: byStatus(getLineColor, {poss}),
    }));
    const shapes = inOrder(tile, live, now);
    // a sector that reaches over a seam is held by both tiles: each draws its part
    const part = {clipBounds: [west, south, east, north], pickable: false};
    return [
      new FillInside({
        ...part, id: `${this.props.id}-${id}-fill`, data: shapes, getPolygon: shape => shape.rings,
        getFillColor: shape => looks[shape.poss].fill[now(shape)], getHatched: shape => shape.poss,
        extensions: [new Hatch(), new ClipExtension()], parameters: FIRST_STAYS,
      }),
      new LineInside({
        ...part, id: `${this.props.id}-${id}-line`, getPath: shape => shape.rings[0],
        data: shapes.length > CROWD ? [] : shapes.filter(({poss}) => !poss),
        getColor: shape => looks[0].line[now(shape)], getWidth: 1, widthUnits: 'pixels', extensions: [new ClipExtension()],
      }),
    ];
  }
}

// What is shown of a tile's ground, the best first; the same object as long as no status changes.
function inOrder(tile, live, now) {
  const said = stamp(live, tile, tile.sectors.rowOf), kept = tile.sectors.ordered;
  if (kept?.said === said && kept.shows === live.shows) return kept.shapes;
  const rank = shape => RANKS[now(shape)] + POSSIBLE * shape.poss;
  const shapes = tile.sectors.shapes.filter(shape => live.shows(now(shape))).sort((a, b) => rank(a) - rank(b));
  tile.sectors.ordered = {said, shows: live.shows, shapes};
  return shapes;
}


// A disc of a wide lens spans several tiles and each holds it whole: what lies outside a tile is not even begun, as
// without a graphics card throwing those pixels away one by one takes most of a frame.
function inside(Kind, layerName) {
  return class extends Kind {
    static layerName = layerName;

    draw(how) {
      const {device: {gl}, viewport} = this.context;
      const box = viewport.pitch ? null : pixels(gl, viewport, this.props.clipBounds);
      if (!box) return super.draw(how);
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(...box);
      super.draw(how);
      gl.disable(gl.SCISSOR_TEST);
    }
  };
}
class FillInside extends inside(SolidPolygonLayer, 'Inside') {
  static layerName = 'FillInside';

  getShaders(part) {
    const shaders = super.getShaders(part);
    // all of it at one depth, exactly, or the test by which the first stays would flicker
    return {...shaders, inject: {...shaders.inject, 'vs:#main-end': 'gl_Position.z = 0.;'}};
  }
}
const LineInside = inside(PathLayer, 'LineInside');

// Left, bottom, width and height of the pixels that bounds touch, however the map is turned.
function pixels(gl, viewport, [west, south, east, north]) {
  const ratio = gl.drawingBufferHeight / viewport.height;
  const corners = [[west, south], [west, north], [east, south], [east, north]].map(corner => viewport.project(corner));
  const [left, right] = ends(corners.map(([x]) => x * ratio)), [top, bottom] = ends(corners.map(([, y]) => y * ratio));
  return [left, gl.drawingBufferHeight - bottom, right - left, bottom - top];
}

function ends(values) {
  return [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
}
GroundTiles.layerName = 'GroundTiles';
