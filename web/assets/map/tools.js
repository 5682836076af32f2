// Buttons at the map's edge: nearer, farther, north, measuring, and the scale.
import {PathLayer, ScatterplotLayer} from '@deck.gl/layers';
import maplibre from './ground.js';
import {length, metres} from './measure.js';

const CORNER = 'bottom-right';

export class Tools {
  constructor(owner) {
    this.owner = owner;
    const {map, data: {tools}} = owner;
    map.addControl(new maplibre.NavigationControl({showCompass: tools, visualizePitch: true}), CORNER);
    if (!tools) return;
    map.addControl(this.button(), CORNER);
    map.addControl(new maplibre.ScaleControl({unit: 'metric', maxWidth: 110}), CORNER);
    this.keys = event => event.key === 'Escape' && this.measuring && this.end();
    owner.box.addEventListener('keydown', this.keys);
  }

  // MapLibre's words for its own buttons.
  static words({words, alt}) {
    return {
      'Map.Title': alt || '', 'NavigationControl.ZoomIn': words.nearer, 'NavigationControl.ZoomOut': words.farther,
      'NavigationControl.ResetBearing': words.north, 'AttributionControl.ToggleAttribution': words.credits,
      'ScaleControl.Meters': words.m, 'ScaleControl.Kilometers': words.km,
    };
  }

  button() {
    const {words} = this.owner.data;
    const group = Object.assign(document.createElement('div'), {className: 'maplibregl-ctrl maplibregl-ctrl-group map-rule'});
    this.switch = Object.assign(document.createElement('button'), {type: 'button', title: words.measure});
    this.switch.setAttribute('aria-label', words.measure);
    this.switch.setAttribute('aria-pressed', 'false');
    this.switch.append(Object.assign(document.createElement('span'), {className: 'map-rule-sign'}));
    this.switch.addEventListener('click', () => (this.measuring ? this.end() : this.begin()));
    this.total = Object.assign(document.createElement('output'), {className: 'map-total', hidden: true});
    group.append(this.switch);
    this.owner.box.append(this.total);
    return {onAdd: () => group, onRemove: () => group.remove()};
  }

  begin() {
    this.measuring = [];
    this.switch.setAttribute('aria-pressed', 'true');
    this.owner.map.getCanvas().style.cursor = 'crosshair';
    this.tell();
  }

  add(place) {
    this.measuring = [...this.measuring, place];
    this.tell();
  }

  end() {
    this.measuring = null;
    this.switch.setAttribute('aria-pressed', 'false');
    this.owner.map.getCanvas().style.cursor = '';
    this.tell();
  }

  tell() {
    const {words} = this.owner.data, line = this.measuring;
    this.total.hidden = !line;
    if (line) this.total.textContent = line.length < 2 ? words.measure_how : length(metres(line), words);
    this.owner.draw();
  }

  layers() {
    const line = this.measuring;
    if (!line?.length) return [];
    const color = this.owner.data.ink;
    return [
      new PathLayer({
        id: 'rule', data: line.length > 1 ? [line] : [], getPath: row => row, getColor: color, widthUnits: 'pixels',
        getWidth: 2.5, jointRounded: true,
      }),
      new ScatterplotLayer({
        id: 'rule-ends', data: line, getPosition: row => row, radiusUnits: 'pixels', getRadius: 4.5, getFillColor: color,
      }),
    ];
  }
}
