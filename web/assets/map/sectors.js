// The ground cameras cover, coloured by their status of now; possible ground is hatched.
import {ClipExtension} from '@deck.gl/extensions';
import {PathLayer, PolygonLayer, SolidPolygonLayer} from '@deck.gl/layers';
import {OurTiles, byStatus, changesOf, stamp} from './tiles.js';

const LOOK = ['fillPatternMapping', 'fillPatternSizeUnits', 'getFillPattern', 'dashJustified', 'lineWidthUnits'];

export class GroundTiles extends OurTiles {
  renderSubLayers({data: tile, id, tile: {bbox: {west, south, east, north}}}) {
    const {live, getFillColor, getLineColor, getDashArray, getFillPattern, ground} = this.props;
    if (!tile?.sectors.shapes.length) return null;
    const {shapes, rowOf} = tile.sectors, told = changesOf(live, tile);
    const looks = [0, 1].map(poss => ({
      fill: byStatus(getFillColor, {poss}), line: byStatus(getLineColor, {poss}),
      dash: getDashArray({properties: {poss}}), pattern: getFillPattern({properties: {poss}}),
    }));
    const now = shape => told.get(shape.id)?.[2] ?? shape.st;
    const seen = (colour, shape) => (live.shows(now(shape)) ? colour : CLEAR);
    const triggers = stamp(live, tile, rowOf);
    return new PolygonLayer({
      ...Object.fromEntries(LOOK.map(name => [name, ground[name]])),
      id: `${this.props.id}-${id}`, data: shapes, getPolygon: shape => shape.rings, stroked: true, getLineWidth: 1,
      getFillColor: shape => seen(looks[shape.poss].fill[now(shape)], shape),
      getLineColor: shape => seen(looks[shape.poss].line[now(shape)], shape),
      getFillPattern: shape => looks[shape.poss].pattern, getDashArray: shape => looks[shape.poss].dash,
      updateTriggers: {getFillColor: triggers, getLineColor: triggers},
      // a sector that reaches over a seam is held by both tiles: each draws its part
      extensions: [...ground.extensions, new ClipExtension()], clipBounds: [west, south, east, north],
      _subLayerProps: {fill: {type: FillInside}, stroke: {type: LineInside}},
    });
  }
}
const CLEAR = [0, 0, 0, 0];

// A disc of a wide lens spans several tiles and each holds it whole: what lies outside a tile is not even begun, as
// without a graphics card throwing those pixels away one by one takes most of a frame.
function inside(Kind) {
  return class extends Kind {
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
const FillInside = inside(SolidPolygonLayer), LineInside = inside(PathLayer);
[FillInside.layerName, LineInside.layerName] = ['FillInside', 'LineInside'];

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
