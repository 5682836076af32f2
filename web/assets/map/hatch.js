// Hatching of possible ground. deck.gl's own FillStyleExtension works out every kind of pattern for each pixel, which
// without a graphics card takes most of a second for a full window; straight lines need one multiplication.
import {LayerExtension, project} from '@deck.gl/core';

const PERIOD_PX = 5.4, STROKE_PX = 1.4;

const lines = {
  name: 'hatch',
  vs: `
layout(std140) uniform hatchUniforms {
  float begins;
  float perUnit;
} hatch;
in float hatched;
out vec2 hatch_place;
`,
  fs: `
in vec2 hatch_place;
`,
  inject: {
    // where along the lines' period, and whether there are lines
    'vs:DECKGL_FILTER_GL_POSITION': `
  hatch_place = vec2(hatch.begins + (geometry.position.x - geometry.position.y) * hatch.perUnit, hatched);
`,
    'fs:DECKGL_FILTER_COLOR': `
  float hatch_from = abs(fract(hatch_place.x) - 0.5) * ${PERIOD_PX.toFixed(1)}; // of the middle of a line, in pixels
  color.a *= mix(1.0, clamp(${(STROKE_PX / 2 + 0.5).toFixed(1)} - hatch_from, 0.0, 1.0), hatch_place.y);
`,
  },
  uniformTypes: {begins: 'f32', perUnit: 'f32'},
  getUniforms: given => given ?? {},
};

export class Hatch extends LayerExtension {
  getShaders() {
    return {modules: [lines]};
  }

  initializeState() {
    this.getAttributeManager().add({hatched: {size: 1, stepMode: 'dynamic', accessor: 'getHatched'}});
  }

  draw({shaderModuleProps}) {
    const {viewport} = this.context, {commonOrigin: [x, y]} = project.getUniforms(shaderModuleProps.project);
    // The lines lie on the ground, a whole zoom at a time: they keep their width within a factor of 1.4.
    const perUnit = 2 ** Math.round(viewport.zoom) / (PERIOD_PX * Math.SQRT2);
    this.setShaderModuleProps({hatch: {begins: ((x - y) * perUnit) % 1, perUnit}});
  }
}
Hatch.extensionName = 'Hatch';
Hatch.defaultProps = {getHatched: {type: 'accessor', value: 0}};
