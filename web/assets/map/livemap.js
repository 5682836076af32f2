// One map: MapLibre draws the ground and moves the view, deck.gl draws the specification Python sent on top.
import {MapboxOverlay} from '@deck.gl/mapbox';
import maplibre, {holdsPictures} from './ground.js';
import {Atlases} from './atlases.js';
import {Live} from './live.js';
import {Picker} from './picks.js';
import {readSpec} from './spec.js';
import {TileStore} from './tiles.js';
import {Tip} from './tip.js';
import {Tools} from './tools.js';
import {ViewMemory} from './view.js';

const AGAIN_MS = 3000; // after the browser took the drawing context away and did not give it back
const FIGURES = '600 44px Sarabun', FONT_MS = 1500; // the counts are written in it
const FLAT = {depthWriteEnabled: false, depthCompare: 'always'}; // what is drawn later lies above
const BARE = {version: 8, sources: {}, layers: []}, LATEST_MS = 1500; // the map until its cameras are drawn, or for so long
const [NEAREST, FARTHEST] = [19, 4]; // zoom
const CLOSER = 2, SINGLE_ZOOM = 13.5; // a click on a count goes so much nearer, at most to where cameras stand singly

export class LiveMap {
  constructor(box, data, send) {
    Object.assign(this, {box, data, send, layers: []});
    this.tiles = new TileStore(() => this.draw());
    this.tilesets = new Map(); // layer id -> its tileset, for the picker
    this.view = new ViewMemory(data, (name, value) => this.send(name, value));
    this.live = new Live(data, () => this.draw(), counts => this.data.link && write(counts));
    this.picker = new Picker(this);
    this.begin();
  }

  // ---- what Python sends

  update(data, send) {
    const before = this.data;
    Object.assign(this, {data, send});
    this.live.update(data);
    this.view.update(data);
    if (!this.map) return;
    if (data.language !== before.language) return this.anew(); // every button has its words
    if (data.style !== before.style && this.whole) this.map.setStyle(absolute(data.style));
    this.shade();
    if (data.spec !== before.spec) this.read();
    this.view.follow(this.map);
  }

  // ---- its life

  begin() {
    this.whole = false;
    const canvas = document.createElement('div');
    canvas.className = 'map-canvas';
    this.box.replaceChildren(canvas);
    this.box.setAttribute('aria-busy', 'true');
    this.shade();
    const {center, zoom, bearing, pitch} = this.view.first();
    try {
      this.map = new maplibre.Map({
        container: canvas, style: BARE, center, zoom, bearing, pitch,
        minZoom: FARTHEST, maxZoom: NEAREST, attributionControl: {compact: true}, fadeDuration: 0,
        renderWorldCopies: false, boxZoom: !this.data.picks, locale: Tools.words(this.data),
      });
    } catch (error) {
      console.error(error);
      this.map = null;
      return this.tell(this.data.words.no_webgl);
    }
    this.overlay = new MapboxOverlay({
      id: `${this.data.key}-overlay`, layers: [], useDevicePixels: true, pickingRadius: 0, parameters: FLAT,
      onDeviceInitialized: device => this.ready(device), onAfterRender: () => this.drawn(), onError: error => this.failed(error),
    });
    this.map.addControl(this.overlay);
    this.tip = new Tip(this);
    this.tools = new Tools(this);
    this.map.on('style.load', () => this.settle());
    this.map.on('error', ({error}) => console.warn(String(error?.message ?? error)));
    this.map.on('moveend', () => this.view.moved(this.map));
    this.map.on('click', event => this.clicked(event));
    this.map.getCanvas().addEventListener('keydown', event => this.pressed(event));
    const {map} = this;
    map.getCanvas().addEventListener('webglcontextlost', () => this.lost(map));
    this.view.follow(this.map);
    this.live.start();
  }

  async settle() {
    const {map, data: {style}} = this;
    if (!this.whole || !(await holdsPictures(map.getStyle()))) return;
    if (this.map === map && this.data.style === style) map.setStyle(absolute(`${style}&kind=raster`));
  }

  shade() {
    this.box.classList.toggle('map-dark', this.data.ink[0] > 127); // signs of buttons are pictures: turned light
  }

  async ready(device) {
    const drawn = device.canvasContext.canvas, {map} = this;
    drawn.addEventListener('webglcontextlost', () => this.lost(map));
    drawn.tabIndex = -1; // MapLibre's is the one for the keyboard
    drawn.setAttribute('aria-hidden', 'true');
    await Promise.race([document.fonts.load(FIGURES), new Promise(done => setTimeout(done, FONT_MS))]);
    if (!this.map) return; // it ended meanwhile
    this.device = device;
    this.atlases = new Atlases(device, () => this.read());
    this.read();
    this.latest = setTimeout(() => this.complete(), LATEST_MS);
  }

  failed(error) {
    console.error(error);
    if (!this.device) this.tell(this.data.words.no_webgl);
  }

  // A map that is closed gives its contexts back, and hears of that as well: only the present one matters.
  lost(map) {
    if (!map || map !== this.map || this.losing) return;
    this.losing = true;
    this.tell(this.data.words.lost_webgl);
    this.again = setTimeout(() => {
      this.losing = false;
      this.anew();
    }, AGAIN_MS);
  }

  anew() {
    this.close();
    this.begin();
  }

  tell(sentence) {
    const note = Object.assign(document.createElement('p'), {className: 'map-note', textContent: sentence});
    note.setAttribute('role', 'alert');
    this.box.append(note);
  }

  close() {
    clearTimeout(this.latest);
    this.live.stop();
    this.tip?.end();
    const canvases = [...this.box.querySelectorAll('canvas')];
    this.map?.remove(); // ends the overlay as well
    this.map = this.device = this.atlases = null;
    // A browser keeps about sixteen contexts: do not wait for its collector to give this one back.
    for (const canvas of canvases) canvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
    this.box.replaceChildren();
  }

  end() {
    clearTimeout(this.again);
    this.view.end();
    this.close();
  }

  // ---- drawing

  read() {
    if (!this.atlases) return;
    this.layers = readSpec(this.data.spec, this);
    this.draw();
  }

  draw() {
    if (!this.map || !this.device) return;
    const live = this.live.now;
    const layers = this.layers.map(layer => layer.constructor.following?.(layer, live, this) ?? layer);
    this.overlay.setProps({layers: [...layers, ...this.tools.layers()]});
  }

  // A frame is drawn: whether all its cameras are on it, or all there is.
  drawn() {
    if (!this.atlases || this.atlases.waiting) return;
    if (this.whole) return this.map?.isStyleLoaded() && this.box.removeAttribute('aria-busy');
    if (this.layers.every(({id}) => this.tilesets.get(id)?.isLoaded)) this.complete();
  }

  // Cameras first, the rest when they are there: without a graphics card, ground and names take a second longer.
  complete() {
    if (this.whole || !this.map) return;
    this.whole = true;
    this.map.setStyle(absolute(this.data.style));
    this.read();
  }

  // ---- touch

  pressed(event) {
    if (event.key !== 'Enter' || event.target !== this.map.getCanvas()) return;
    const lngLat = this.map.getCenter(); // by keyboard one points with the middle of the map
    this.clicked({lngLat, point: this.map.project(lngLat), originalEvent: event});
  }

  clicked({lngLat, point, originalEvent}) {
    if (originalEvent.detail > 1) return; // the second of a double click, which zooms
    if (this.tools.measuring) return this.tools.add([lngLat.lng, lngLat.lat]);
    if (!this.data.picks) return;
    this.tip.hide();
    const {cameras, gap} = this.picker.at(point), cluster = !cameras.length && !gap && this.picker.cluster(point);
    if (cluster) return this.enter(cluster);
    this.send('click', {
      lon: lngLat.lng, lat: lngLat.lat, cameras: cameras.map(({id}) => id),
      gap: gap ? [gap.f, gap.t, gap.b] : null, view: this.view.said(this.map),
    });
  }

  // A count is a place to look closer.
  enter({lon, lat}) {
    this.map.easeTo({center: [lon, lat], zoom: Math.min(this.map.getZoom() + CLOSER, SINGLE_ZOOM)});
  }
}

// The numbers beside the main map of a page, wherever Python wrote them down.
function write(counts) {
  for (const place of document.querySelectorAll('[data-count]')) {
    const said = counts[place.dataset.count]?.toLocaleString('en-US');
    if (said && place.textContent !== said) place.textContent = said;
  }
}

function absolute(path) {
  return new URL(path, location.origin).href;
}
