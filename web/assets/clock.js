// The age of what is on screen, told by the browser itself: it goes on when the server has stopped.
// <span data-clock data-now="..." data-stopped="..." data-locale="th-TH">: words come from the page.
//   data-now      "ข้อมูล {time} · {age} วินาทีที่แล้ว"      data-stopped  "ข้อมูลหยุดที่ {time}"
//   data-server   "ติดต่อเครื่องแม่ข่ายไม่ได้ตั้งแต่ {time}"    data-idle     said while no worker ever looked
//   one that is left out says nothing then: so a clock can be a warning that is there only when there is need
// body[data-stale] is "server", "data" or ""; the style sheet hatches the panels by it.
import {age} from './age.js';

(() => {
  if (window.takhaiClock) return;
  window.takhaiClock = true;
  const TIME = {timeZone: 'Asia/Bangkok', hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit'};
  const POLL_MS = 5000, SERVER_GONE_S = 12, DATA_OLD_S = 90, LATE_S = 3;
  const started = Date.now() / 1000;
  let asof = null, skew = 0, answered = null, boot = null, worker = true, ticked = started, excused = started;
  const now = () => Date.now() / 1000;

  async function poll() {
    try {
      const reply = await fetch('/asof.json', {cache: 'no-store', signal: AbortSignal.timeout(4000)});
      if (reply.status === 401 || reply.status === 403) return location.assign('/login');
      if (!reply.ok) return;
      const said = await reply.json();
      if (boot && boot !== said.boot) return location.reload();  // the server came back: take its new pages
      boot = said.boot;
      asof = said.asof;
      worker = said.worker_alive !== false;
      // beside the name of the page of alarms in the bar: see ui/css/common.css; "!": nobody watches
      const waiting = [worker ? '' : '!', said.alarms ? said.alarms.toLocaleString('en') : ''].join(' ').trim();
      document.body.style.setProperty('--alarms', waiting ? `"${waiting}"` : 'none');
      skew = said.now - now();
      answered = now();
    } catch (error) { /* no answer: tick() tells by its age */ }
  }

  function words(at, locale) {
    const day = seconds => new Date(seconds * 1000).toLocaleDateString('en', {timeZone: 'Asia/Bangkok'});
    const date = day(at) === day(now() + skew) ? {} : {day: 'numeric', month: 'short'};
    return new Date(at * 1000).toLocaleString(locale || 'th-TH', {...date, ...TIME});
  }

  function tick() {
    const old = asof === null ? null : Math.max(0, now() + skew - asof);
    // A page that was too busy drawing to hear an answer must not blame the server; old data it still tells.
    if (now() - ticked > LATE_S) excused = now();
    ticked = now();
    const gone = now() - Math.max(answered ?? started, excused) > SERVER_GONE_S;
    const stale = gone ? 'server' : answered && (old === null || old > DATA_OLD_S || !worker) ? 'data' : '';
    if (document.body.dataset.stale !== stale) document.body.dataset.stale = stale;
    let said = '';
    for (const clock of document.querySelectorAll('[data-clock]')) {
      const {now: template, stopped, server, idle, locale, units} = clock.dataset;
      const fill = text => (text || '').replace('{time}', words(stale === 'server' ? (answered ?? started) + skew : asof, locale))
        .replace('{age}', old === null ? '' : age(old, units || 's|min|h|d'));
      const text = stale === 'server' ? fill(server) : asof === null ? (answered ? idle || '' : '') : fill(stale ? stopped : template);
      if (clock.textContent !== text) clock.textContent = text;
      if (stale) said ||= text;
    }
    const quoted = JSON.stringify(said);
    if (document.body.style.getPropertyValue('--stale-text') !== quoted) document.body.style.setProperty('--stale-text', quoted);
  }

  poll();
  setInterval(poll, POLL_MS);
  setInterval(tick, 1000);
})();
