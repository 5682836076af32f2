// Where a map looks: kept over page changes, in the address bar, and moved when a page asks for a flight.
const kept = new Map(); // name of the map -> {base, flown, camera}
const LINK_MS = 400, TELL_MS = 1000, KEEP_MS = 1000, FLIGHT_MS = 1200;
const DIGITS = {place: 5, zoom: 2, angle: 1};
const LIMITS = [[-180, 180], [-85, 85], [0, 24], [-360, 360], [0, 85]];

export class ViewMemory {
  constructor(data, send) {
    Object.assign(this, {data, send});
    this.memory = kept.get(data.key) ?? {fresh: true};
    kept.set(data.key, this.memory);
    this.path = location.pathname;
    // something else may write the address bar: Streamlit knows only its own query
    if (!data.link) return;
    this.keeping = setInterval(() => this.write(), KEEP_MS);
    this.adding = event => this.add(event.target.closest?.('a[data-with-view]'));
    document.addEventListener('click', this.adding, true);
  }

  // A file of what the map shows is asked for with where it looks.
  add(link) {
    if (!link) return;
    const address = new URL(link.href);
    address.searchParams.set('at', toLink(this.memory.camera));
    link.href = address.href;
  }

  update(data) {
    this.data = data;
  }

  end() {
    clearInterval(this.keeping);
    document.removeEventListener('click', this.adding, true);
    clearTimeout(this.linking);
    clearTimeout(this.telling);
  }

  first() {
    const {memory, data} = this, {view, fly, link} = data;
    const linked = memory.fresh && link && fromLink(location.search);
    if (linked) memory.camera = linked;
    else if (!memory.camera || (memory.base !== name(view) && !fly)) memory.camera = camera(fly ?? view);
    // what the page asked for before its first picture is where that picture begins; a link that says more wins
    if (memory.fresh && fly) {
      memory.flown = fly.n;
      if (!linked) memory.camera = camera(fly);
    }
    memory.base = name(view);
    memory.fresh = false;
    return memory.camera;
  }

  // Flies where the page asked to, once each time it asks.
  follow(map) {
    const {memory, data: {fly, view}} = this;
    if (fly && fly.n !== memory.flown) {
      memory.flown = fly.n;
      map.flyTo({center: [fly.lon, fly.lat], zoom: fly.zoom, duration: FLIGHT_MS}); // at once if motion is unwanted
    } else if (memory.base !== name(view)) map.jumpTo({center: [view.lon, view.lat], zoom: view.zoom});
    memory.base = name(view);
  }

  moved(map) {
    const {lng, lat} = map.getCenter();
    this.memory.camera = {center: [lng, lat], zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch()};
    if (this.data.link) {
      clearTimeout(this.linking);
      this.linking = setTimeout(() => this.write(), LINK_MS);
    }
    if (this.data.reports) {
      clearTimeout(this.telling);
      this.telling = setTimeout(() => this.send('view', this.said(map)), TELL_MS);
    }
  }

  said(map) {
    const {lng, lat} = map.getCenter(), bounds = map.getBounds();
    return {lon: lng, lat, zoom: map.getZoom(), bounds: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]};
  }

  write() {
    if (location.pathname !== this.path) return; // on its way to another page
    const address = new URL(location.href), said = toLink(this.memory.camera);
    if (address.searchParams.get('at') === said) return;
    // commas stay as they are: the address is to be read by people
    address.searchParams.delete('at');
    const rest = address.searchParams.toString();
    history.replaceState(history.state, '', `${address.pathname}?${rest ? rest + '&' : ''}at=${said}${address.hash}`);
  }
}

function toLink({center: [lon, lat], zoom, bearing, pitch}) {
  const parts = [lon.toFixed(DIGITS.place), lat.toFixed(DIGITS.place), zoom.toFixed(DIGITS.zoom)];
  if (bearing || pitch) parts.push(bearing.toFixed(DIGITS.angle), pitch.toFixed(DIGITS.angle));
  return parts.join(',');
}

// The view a link names; null if it names none that can be.
function fromLink(query) {
  const said = new URLSearchParams(query).get('at');
  const parts = (said ?? '').split(',').map(part => (part.trim() === '' ? NaN : Number(part)));
  if (parts.length !== 3 && parts.length !== 5) return null;
  if (!parts.every((part, i) => Number.isFinite(part) && part >= LIMITS[i][0] && part <= LIMITS[i][1])) return null;
  const [lon, lat, zoom, bearing = 0, pitch = 0] = parts;
  return {center: [lon, lat], zoom, bearing, pitch};
}

function camera({lon, lat, zoom}) {
  return {center: [lon, lat], zoom, bearing: 0, pitch: 0};
}

function name({lon, lat, zoom}) {
  return `${lon},${lat},${zoom}`;
}
