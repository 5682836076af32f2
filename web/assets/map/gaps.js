// Stretches of the border nobody certain sees: full with a casing, thin and dashed where somebody may.
import {CompositeLayer} from '@deck.gl/core';
import {PathStyleExtension} from '@deck.gl/extensions';
import {PathLayer} from '@deck.gl/layers';
import {rows} from './files.js';

const DASH = new PathStyleExtension({dash: true});
const ENDS = {jointRounded: true, widthUnits: 'pixels', getPath: row => row.p};

export class GapsLayer extends CompositeLayer {
  static following(layer, live) {
    return layer.clone({live});
  }

  // The stretches a layer shows; none while they are on their way.
  static rowsOf({props: {source}}, live) {
    const found = rows(address(source, live));
    return Array.isArray(found) ? found : [];
  }

  updateState({props}) {
    const url = address(props.source, props.live);
    if (url === this.state.url) return;
    this.setState({url});
    // what was drawn stays until the new stretches are there
    Promise.resolve(rows(url)).then(found => {
      if (this.state?.url === url) this.setState({rows: found, open: open(found), unsure: unsure(found)});
    });
  }

  renderLayers() {
    const {color, casing, width} = this.props;
    if (!this.state.rows) return null;
    const sure = {...ENDS, data: this.state.open, capRounded: true};
    return [
      this.state.unsure.length &&
        new PathLayer(
          this.getSubLayerProps({
            id: 'unsure', ...ENDS, data: this.state.unsure, getColor: [...color.slice(0, 3), 200], getWidth: width - 2,
            getDashArray: [2.5, 1.5], dashJustified: true, extensions: [DASH],
          }),
        ),
      new PathLayer(this.getSubLayerProps({id: 'casing', ...sure, getColor: casing, getWidth: width + 2})),
      new PathLayer(this.getSubLayerProps({id: 'open', ...sure, getColor: color, getWidth: width})),
    ];
  }
}
// The mark of the gaps has a part for planned ones, which a change of status leaves as it was.
const address = (source, {gaps}) => `${source}&h=${source.includes('when=planned') ? gaps.split('.')[0] : gaps}`;
const open = found => found.filter(row => row.b === 'open');
const unsure = found => found.filter(row => row.b !== 'open');
GapsLayer.layerName = 'GapsLayer';
GapsLayer.defaultProps = {
  source: '', live: {type: 'object', value: null, compare: 0}, color: {type: 'color', value: [0, 0, 0, 255]},
  casing: {type: 'color', value: [255, 255, 255, 255]}, width: 3,
};
