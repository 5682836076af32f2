// What the pointer is on, in a few words. They are set as text: a name is never read as HTML.
import {age} from '../age.js';
import {json} from './atlases.js';
import {chainage, length} from './measure.js';

const KEPT = 200, KEPT_MS = 15000; // answers about cameras
const ASIDE_PX = 14;

export class Tip {
  constructor(owner) {
    Object.assign(this, {owner, known: new Map(), box: document.createElement('div')});
    this.box.className = 'map-tip';
    this.box.setAttribute('role', 'tooltip');
    this.box.hidden = true;
    owner.box.append(this.box);
    owner.map.on('mousemove', ({point}) => {
      this.point = point;
      this.frame ??= requestAnimationFrame(() => this.look());
    });
    for (const gone of ['mouseout', 'movestart']) owner.map.on(gone, () => this.hide());
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.point = null;
  }

  look() {
    this.frame = null;
    const {owner, point} = this;
    if (!point || !owner.map) return;
    if (owner.tools.measuring || owner.map.isMoving()) return this.hide();
    const found = this.found(point);
    owner.map.getCanvas().style.cursor = found?.clickable && owner.data.picks ? 'pointer' : '';
    if (!found) return this.hide();
    this.on = found.key;
    this.show(found.lines);
    found.more?.().then(lines => this.on === found.key && !this.box.hidden && this.show(lines));
  }

  found(point) {
    const {picker, data: {words}} = this.owner;
    const [first, ...others] = picker.cameras(point);
    if (first) {
      const known = this.known.get(first.id);
      const lines = facts => this.camera(facts, first, others.length);
      return {
        key: `camera ${first.id}`, clickable: true, lines: lines(known?.facts),
        more: known && Date.now() - known.at < KEPT_MS ? null : () => this.ask(first.id).then(lines),
      };
    }
    const cluster = picker.cluster(point);
    if (cluster) {
      const said = {n: number(cluster.n), down: number(cluster.down), unknown: number(cluster.unknown)};
      return {key: `cluster ${cluster.lon} ${cluster.lat}`, lines: [filled(words.cluster, said)]};
    }
    const gap = picker.gap(point);
    if (gap) {
      const said = {from: chainage(gap.f), to: chainage(gap.t), length: length(gap.t - gap.f, words)};
      return {key: `gap ${gap.f}`, clickable: true, lines: [words.bands[gap.b], filled(words.gap, said)]};
    }
    return null;
  }

  async ask(id) {
    let facts = null;
    try {
      facts = await json(`/live/tip/${id}`);
    } catch (error) {
      return null; // the status is known here; the name comes with the next look
    }
    this.known.set(id, {facts, at: Date.now()});
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    return facts;
  }

  camera(facts, {st}, others) {
    const {data: {words, language}} = this.owner;
    const lines = [];
    if (facts) {
      lines.push(facts.code);
      const name = language === 'th' ? facts.name_th || facts.name_en : facts.name_en || facts.name_th;
      if (name) lines.push(name);
    }
    const since = facts?.status === st && facts.since_s !== null ? ` · ${age(facts.since_s, words.units)}` : '';
    lines.push(words.statuses[st] + since);
    if (others) lines.push(filled(words.more, {n: number(others)}));
    return lines;
  }

  show(lines) {
    this.box.replaceChildren(
      ...lines.map((line, i) => Object.assign(document.createElement(i ? 'span' : 'b'), {textContent: line})),
    );
    this.box.hidden = false;
    const {clientWidth: width, clientHeight: height} = this.owner.box;
    const {x, y} = this.point;
    const left = x + ASIDE_PX + this.box.offsetWidth > width ? x - ASIDE_PX - this.box.offsetWidth : x + ASIDE_PX;
    const top = Math.min(y + ASIDE_PX, height - this.box.offsetHeight - 4);
    this.box.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
  }

  hide() {
    this.on = null;
    this.box.hidden = true;
  }
}

function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, word) => values[word]);
}

function number(value) {
  return Number(value).toLocaleString('en-US');
}
