// Single cameras: those of the tiles, told by their status of now, and on top those that changed since.
import {CompositeLayer} from '@deck.gl/core';
import {IconLayer} from '@deck.gl/layers';
import {OurTiles, byStatus, changesOf, stamp} from './tiles.js';

export class CameraTiles extends OurTiles {
  renderSubLayers({data: tile, id}) {
    const {live, iconAtlas, iconMapping, getIcon, getSize} = this.props;
    if (!tile?.cams.length) return null;
    const {cams} = tile, told = changesOf(live, tile), icons = byStatus(getIcon);
    const now = index => told.get(cams.ids[index])?.[2] ?? cams.st[index];
    const triggers = stamp(live, tile, cams.rowOf);
    return new IconLayer({
      id: `${this.props.id}-${id}`, data: cams, iconAtlas, iconMapping,
      getPosition: (_, {index}) => [cams.positions[2 * index], cams.positions[2 * index + 1]],
      getIcon: (_, {index}) => icons[now(index)],
      getSize: (_, {index}) => (live.shows(now(index)) ? getSize : 0),
      updateTriggers: {getIcon: triggers, getSize: triggers},
    });
  }
}
CameraTiles.layerName = 'CameraTiles';
CameraTiles.defaultProps = {
  ...OurTiles.defaultProps, iconAtlas: {type: 'object', value: null, compare: 0},
  iconMapping: {type: 'object', value: null, compare: 0}, getIcon: {type: 'accessor', value: () => ''}, getSize: 18,
};

// What changed since the tiles were made, the worst last: far out it is seen over the counts, near it lies on its mast.
export class ChangedLayer extends CompositeLayer {
  static following(layer, live) {
    return layer.clone({live});
  }

  renderLayers() {
    const {live, iconAtlas, iconMapping, getIcon, sizeM, sizeMaxPixels} = this.props;
    const icons = byStatus(getIcon);
    return new IconLayer(
      this.getSubLayerProps({
        id: 'now', data: live.changed, iconAtlas, iconMapping,
        getPosition: ([lon, lat]) => [lon, lat], getIcon: ([, , st]) => icons[st],
        sizeUnits: 'meters', getSize: sizeM, sizeMaxPixels,
      }),
    );
  }
}
ChangedLayer.layerName = 'ChangedLayer';
ChangedLayer.defaultProps = {
  live: {type: 'object', value: null, compare: 0}, iconAtlas: {type: 'object', value: null, compare: 0},
  iconMapping: {type: 'object', value: null, compare: 0}, getIcon: {type: 'accessor', value: () => ''},
  sizeM: 240, sizeMaxPixels: 18,
};
