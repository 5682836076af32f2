// The ground cameras cover, coloured by their status of now; possible ground is hatched.
import {ClipExtension} from '@deck.gl/extensions';
import {PolygonLayer} from '@deck.gl/layers';
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
    });
  }
}
const CLEAR = [0, 0, 0, 0];
GroundTiles.layerName = 'GroundTiles';
