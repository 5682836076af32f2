// Many cameras as one disc with their count.
import {IconLayer} from '@deck.gl/layers';
import {figures} from './figures.js';
import {OurTiles} from './tiles.js';

export class ClusterTiles extends OurTiles {
  renderSubLayers({data: tile, id}) {
    const {iconAtlas, iconMapping, getIcon, getIconSize, getText, getTextSize, getTextColor} = this.props;
    if (!tile?.clusters.length) return null;
    tile.discs ??= tile.clusters.map(properties => ({properties})); // the same object each time
    const written = figures(this.context.device);
    // like the count itself, its figures never change while the tile stands
    tile.figures ??= tile.discs.flatMap(disc => {
      const size = getTextSize(disc);
      return written.lay(String(getText(disc)), size).map(figure => ({...figure, size, properties: disc.properties}));
    });
    const getPosition = ({properties: {lon, lat}}) => [lon, lat];
    return [
      new IconLayer({
        id: `${this.props.id}-${id}`, data: tile.discs, iconAtlas, iconMapping, getPosition, getIcon,
        getSize: getIconSize,
      }),
      new IconLayer({
        id: `${this.props.id}-${id}-figures`, data: tile.figures, ...written.atlas, getPosition,
        getIcon: figure => figure.sign, getSize: figure => figure.size * written.scale,
        getColor: getTextColor, getPixelOffset: figure => [figure.across, 0],
        updateTriggers: {getColor: this.props.iconAtlas?.id}, // another theme
      }),
    ];
  }
}
ClusterTiles.layerName = 'ClusterTiles';
const said = value => ({type: 'accessor', value});
ClusterTiles.defaultProps = {
  ...OurTiles.defaultProps, iconAtlas: {type: 'object', value: null, compare: 0},
  iconMapping: {type: 'object', value: null, compare: 0}, getIcon: said(() => ''), getIconSize: said(20),
  getText: said(() => ''), getTextSize: said(12), getTextColor: said([0, 0, 0, 255]),
};
