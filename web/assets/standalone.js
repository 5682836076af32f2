/* A stand-alone map's cameras and discs, on Leaflet: pictures from one atlas, drawn on the map's own canvas. */
function standalone(map, data) {
  const LEAFLET_ZOOM = 1; // Leaflet counts zooms of 256 px tiles, we those of 512
  const [UNKNOWN, DOWN] = [0, 2]; // status codes
  const { words, glyphs, cameras } = data;
  const atlas = new Image();

  const Glyph = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const { box, size, label, ink } = this.options, [x, y, side] = glyphs[box], { x: left, y: top } = this._point;
      renderer._ctx.globalAlpha = 1; // whatever was drawn before leaves its own
      renderer._ctx.drawImage(atlas, x, y, side, side, left - size / 2, top - size / 2, size, size);
      if (!label) return;
      renderer._ctx.fillStyle = ink;
      renderer._ctx.font = `600 ${size < 24 ? 11 : 12.5}px Sarabun, sans-serif`;
      renderer._ctx.textAlign = 'center';
      renderer._ctx.textBaseline = 'middle';
      renderer._ctx.fillText(label, left, top + 1);
    },
  });

  const Name = L.CircleMarker.extend({
    _updatePath() {
      const renderer = this._renderer, { x, y } = this._point, { text, ink, halo, font, across } = this.options;
      if (!renderer._drawing || this._empty()) return;
      Object.assign(renderer._ctx, {
        globalAlpha: 1, font, textAlign: across ? 'left' : 'center', textBaseline: 'middle', lineJoin: 'round', lineWidth: 4,
        strokeStyle: halo, fillStyle: ink,
      });
      renderer._ctx.strokeText(text, x + across, y);
      renderer._ctx.fillText(text, x + across, y);
    },
  });

  const tip = L.tooltip({ direction: 'top', offset: [0, -8], className: 'tip' });
  function tell(glyph, lines) {
    // as text, never as HTML: a name may be anything
    const node = document.createElement('div');
    for (const [tag, text] of lines) {
      if (text) node.appendChild(document.createElement(tag)).textContent = text;
    }
    tip.setContent(node).setLatLng(glyph.getLatLng()).openOn(map);
  }

  function told(glyph, lines) {
    return glyph.on('mouseover click', () => tell(glyph, lines())).on('mouseout', () => map.closeTooltip(tip));
  }

  const short = (n) => (n < 1000 ? String(n) : n < 10000 ? `${(n / 1000).toFixed(1)}k` :
    n < 1e6 ? `${Math.floor(n / 1000)}k` : `${(n / 1e6).toFixed(1)}M`);
  const figure = (n) => n.toLocaleString('en');

  function camera(i) {
    const [lon, lat] = cameras.at[i], code = cameras.status[i];
    const glyph = new Glyph([lat, lon], { radius: 9, size: 18, box: words.codes[code], cameraRow: i });
    return told(glyph, () => [
      ['b', cameras.code[i]], ['span', cameras.name[i]], ['span', words.statuses[code]],
      ['span', cameras.owners[cameras.owner[i]]],
    ]);
  }

  const sum = (counts) => counts.reduce((all, some) => all + some, 0);
  const larger = (a, b) => sum(b.slice(2)) - sum(a.slice(2)); // the small ones lie on top
  function disc([lon, lat, ...counts]) {
    const n = sum(counts), unknown = counts[UNKNOWN], down = counts[DOWN];
    const hollow = unknown * 2 > n, share = down ? (100 * down) / Math.max(n - unknown, 1) : 0;
    const [, step] = data.steps.findLast(([from]) => share >= from);
    const size = 2 * Math.round(8 + 4 * Math.log10(n));
    const glyph = new Glyph([lat, lon], {
      radius: size / 2, size, box: `${hollow ? 'hollow' : 'cluster'}${step}`, label: short(n),
      ink: hollow ? data.ink : data.onCluster,
    });
    return told(glyph, () => [
      ['b', words.cluster.replace('{n}', figure(n)).replace('{down}', figure(down)).replace('{unknown}', figure(unknown))],
    ]);
  }

  const group = (glyphsOfIt) => L.layerGroup(glyphsOfIt);
  const made = new Map();
  function once(name, make) {
    if (!made.has(name)) made.set(name, make());
    return made.get(name);
  }
  function cells(name, zoom) {
    const held = Object.keys(data[name]).map(Number);
    if (!held.length) return [];
    const level = Math.min(Math.max(zoom, Math.min(...held)), Math.max(...held));
    return [once(`${name} ${level}`, () => group([...data[name][level]].sort(larger).map(disc)))];
  }
  // Nearer than these zooms a kind of name is told; where two collide, the first kind here stays.
  const NAMES = { crossing: [9, 13, 600], province: [7.5, 14, 400], district: [9.5, 13, 600], subdistrict: [11.5, 13, 400] };
  const pen = document.createElement('canvas').getContext('2d');
  function names() {
    const taken = [], found = [];
    for (const [kind, [from, size, weight]] of Object.entries(NAMES)) {
      if (map.getZoom() < from) continue;
      const font = `${weight} ${size}px Sarabun, sans-serif`, post = kind === 'crossing';
      pen.font = font;
      for (const [of, text, lon, lat, sure] of data.names) {
        if (of !== kind) continue;
        const { x, y } = map.project([lat, lon]), wide = pen.measureText(text).width, across = post ? 12 : 0;
        const left = post ? x - 8 : x - wide / 2, box = [left, y - size, left + wide + 2 * across, y + size];
        if (taken.some(([w, n, e, s]) => box[0] < e && box[2] > w && box[1] < s && box[3] > n)) continue;
        taken.push(box);
        const ink = post ? data.ink : data.soft, look = { interactive: false, text, ink, halo: data.halo, font, across };
        found.push(new Name([lat, lon], { ...look, radius: wide + size }));
        if (post) {
          const house = sure ? 'checkpoint_sure' : 'checkpoint';
          found.push(new Glyph([lat, lon], { interactive: false, radius: 8, size: 15, box: house }));
        }
      }
    }
    return group(found);
  }
  const singles = () => once('single', () => group(cameras.at.map((_, i) => camera(i))));

  let [named, drawn] = [group([]), []];
  function draw() {
    const zoom = Math.floor(map.getZoom() - LEAFLET_ZOOM + 0.01), near = zoom >= data.nearZoom;
    const wanted = near ? [...cells('rest', zoom), singles()] : cells('far', zoom);
    [named, ...drawn].forEach((layer) => layer.remove());
    map.closeTooltip(tip);
    named = names().addTo(map); // below the cameras
    drawn = wanted.map((layer) => layer.addTo(map));
    document.body.dataset.drawn = near ? 'single' : 'cells'; // for whoever waits for the picture
  }

  const North = L.Control.extend({
    onAdd() {
      const box = L.DomUtil.create('div', 'north');
      box.innerHTML = '<svg width="16" height="22" viewBox="0 0 16 22" aria-hidden="true"><path d="M8 0 15 21 8 16.5 1 21Z"/></svg>';
      box.append(words.north);
      return box;
    },
  });
  new North({ position: 'topright' }).addTo(map);
  L.control.scale({ position: 'bottomright', imperial: false, maxWidth: 140 }).addTo(map);
  L.control.zoom({ position: 'topright', zoomInTitle: words.nearer, zoomOutTitle: words.farther }).addTo(map);
  if (data.bounds) {
    const [west, south, east, north] = data.bounds;
    const legend = document.querySelector('aside'), over = getComputedStyle(legend).position === 'absolute';
    const left = over ? legend.offsetWidth + 40 : 30; // what the legend covers is not seen
    map.fitBounds([[south, west], [north, east]],
      { paddingTopLeft: [left, 30], paddingBottomRight: [60, 30], maxZoom: 16, animate: false });
  }
  atlas.onload = () => document.fonts.ready.then(() => { draw(); map.on('zoomend', draw); });
  atlas.src = getComputedStyle(document.documentElement).getPropertyValue('--glyphs').trim().replace(/^url\("?|"?\)$/g, '');
}
