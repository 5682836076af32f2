// What changed since the tiles were made, asked of the server each second; no page is run again for it.
const EVERY_MS = 1000, PATIENCE_MS = 5000, SLOWEST_MS = 15000;
const KEPT_VERSIONS = 3; // tiles of the last ones are on screen until the new ones have come

export class Live {
  constructor(data, changed, counted) {
    this.counted = counted; // called with how many cameras there are, by status
    this.told = new Map(); // version of the tiles -> id -> [lon, lat, status, id]; told oldest first
    this.changed = changed;
    this.reset(data);
  }

  update(data) {
    if (data.query === this.query) return;
    this.reset(data);
    this.changed();
    this.soon(0);
  }

  reset({query, v, gaps}) {
    const statuses = new URLSearchParams(query).getAll('status').map(word => STATUSES.indexOf(word));
    this.query = query;
    this.shows = statuses.length ? st => statuses.includes(st) : () => true;
    this.told = new Map([[v, new Map()]]);
    this.since = null;
    this.say(v, gaps);
  }

  // A new object each time: layers see by it that they must be drawn anew.
  say(v, gaps) {
    const {shows} = this;
    const changed = [...this.told.get(v).values()].filter(([, , st]) => shows(st));
    this.now = {v, gaps, told: this.told, changed, shows};
  }

  start() {
    this.running = true;
    this.wait = EVERY_MS;
    this.awake ??= () => document.hidden || this.soon(0);
    document.addEventListener('visibilitychange', this.awake);
    this.soon(0);
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.awake);
  }

  soon(wait) {
    clearTimeout(this.timer);
    if (this.running) this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    if (this.asking || document.hidden) return; // becoming visible asks again
    this.asking = true;
    const {query} = this;
    try {
      const since = this.since === null ? '' : `since=${this.since}`;
      const address = `/live?${[query, since].filter(Boolean).join('&')}`;
      const reply = await fetch(address, {cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS)});
      if (!reply.ok) throw new Error(`${reply.status}`);
      const news = await reply.json();
      if (query === this.query) this.hear(news); // else another filter was chosen meanwhile
      this.wait = EVERY_MS;
    } catch (error) {
      this.wait = Math.min(2 * this.wait, SLOWEST_MS); // the server is away: the page's clock says so
    } finally {
      this.asking = false;
      this.soon(query === this.query ? this.wait : 0);
    }
  }

  hear({v, seq, changed, gaps, counts}) {
    this.since = seq;
    this.counted(counts);
    const moved = v !== this.now.v;
    if (!moved && !changed.length && gaps === this.now.gaps) return;
    // Each version keeps its own list: what changed since its tiles were made.
    const told = new Map(moved ? [] : this.told.get(v));
    for (const [id, lon, lat, st] of changed) {
      told.delete(id); // the order is that of the server: the worst last
      told.set(id, [lon, lat, st, id]);
    }
    this.told = new Map([...this.told].filter(([version]) => version !== v)).set(v, told);
    for (const old of [...this.told.keys()].slice(0, -KEPT_VERSIONS)) this.told.delete(old);
    this.say(v, gaps);
    this.changed();
  }
}
const STATUSES = ['unknown', 'up', 'down', 'degraded', 'maintenance']; // their codes, as in the tiles
