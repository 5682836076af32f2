// Pictures that keep themselves current and tell their own age, whatever the page does meanwhile.
// <figure class="still" data-still="7" data-old-s="600" data-works="1">: camera, age from which a picture no longer
// shows now, whether the camera works. A picture that is old, or of a camera that does not work, is never shown as
// live: the style sheet greys .still.old. Words come from the nearest [data-still-words], as JSON.
// Only pictures on screen are asked for; by that the worker hears which these are.
import {age} from './age.js';

(() => {
  if (window.takhaiStills) return;
  const ASK_MS = 3000, SOON_MS = 150, MOST_IDS = 200, KEPT = 400, AT_ONCE = 4;
  const MOMENT = {timeZone: 'Asia/Bangkok', hourCycle: 'h23', day: 'numeric', month: 'short', year: 'numeric',
    hour: '2-digit', minute: '2-digit', second: '2-digit'};
  const kept = new Map();  // camera -> {at, url} of its picture here; the order is that of use
  const shown = new Set();  // figures on screen
  let skew = 0, asking = false, soon = 0;
  const now = () => Date.now() / 1000 + skew;

  function words(element) {
    const said = element.closest('[data-still-words]');
    return said ? said.words || (said.words = JSON.parse(said.dataset.stillWords)) : {};
  }

  function paint(figure) {
    const got = kept.get(figure.dataset.still), said = words(figure), image = figure.querySelector('img');
    figure.classList.toggle('empty-still', !got);
    if (!got || !said.fresh) return;
    if (image.getAttribute('src') !== got.url) image.src = got.url;
    const old = Math.max(0, now() - got.at), works = figure.dataset.works === '1';
    const stale = !works || old > Number(figure.dataset.oldS);
    figure.classList.toggle('old', stale);
    const text = (works ? stale ? said.old : said.fresh : said.last).replace('{age}', age(old, said.units))
      .replace('{at}', new Date(got.at * 1000).toLocaleString(said.locale, MOMENT));
    const caption = figure.querySelector('figcaption');
    if (caption.textContent !== text) caption.textContent = text;
  }

  // fetched, not linked: only so the capture time that belongs to these very bytes is known
  async function fetchPicture(id) {
    const had = kept.get(id);
    const reply = await fetch(`/stills/${id}.jpg`, {
      cache: 'no-store', signal: AbortSignal.timeout(8000), headers: had ? {'If-None-Match': had.tag} : {},
    });
    if (reply.status !== 200) return null;
    const url = URL.createObjectURL(await reply.blob());
    if (had) setTimeout(() => URL.revokeObjectURL(had.url), 2000);
    kept.delete(id);
    kept.set(id, {url, at: Date.parse(reply.headers.get('X-Captured-At')) / 1000, tag: reply.headers.get('ETag')});
    for (const [other, {url: spare}] of kept) {
      if (kept.size <= KEPT) break;
      if ([...shown].some(figure => figure.dataset.still === other)) continue;
      URL.revokeObjectURL(spare);
      kept.delete(other);
    }
    document.querySelectorAll(`[data-still="${id}"]`).forEach(paint);
    return kept.get(id).at;
  }

  async function ask() {
    if (asking || document.hidden) return;
    const ids = [...new Set([...shown].filter(f => f.isConnected).map(f => f.dataset.still))].slice(0, MOST_IDS);
    if (!ids.length) return;
    asking = true;
    try {
      const reply = await fetch(`/stills/times.json?ids=${ids}`, {cache: 'no-store', signal: AbortSignal.timeout(8000)});
      if (reply.status === 401) return location.assign('/login');
      if (!reply.ok) return;
      const said = await reply.json();
      skew = said.now - Date.now() / 1000;
      const newer = ids.filter(id => said.times[id] !== null && said.times[id] > (kept.get(id)?.at ?? -1) + 1e-3);
      const gone = ids.filter(id => said.times[id] === null && kept.has(id));  // deleted: kept too long
      for (const id of gone) kept.delete(id);
      const next = async () => { for (let id; (id = newer.shift());) await fetchPicture(id).catch(() => {}); };
      await Promise.all(Array.from({length: AT_ONCE}, next));
    } catch (error) { /* no answer: the pictures grow old, and say so */
    } finally {
      asking = false;
      for (const figure of shown) paint(figure);
    }
  }

  const watch = new IntersectionObserver(entries => {
    for (const {target, isIntersecting} of entries) isIntersecting ? shown.add(target) : shown.delete(target);
    clearTimeout(soon);
    soon = setTimeout(ask, SOON_MS);
  }, {rootMargin: '120px'});

  function adopt() {
    for (const figure of shown) if (!figure.isConnected) shown.delete(figure);
    for (const figure of document.querySelectorAll('[data-still]')) {
      if (!figure.adopted) {
        figure.adopted = true;
        watch.observe(figure);
      }
      paint(figure);
    }
  }

  let due = 0;
  new MutationObserver(() => { cancelAnimationFrame(due); due = requestAnimationFrame(adopt); })
    .observe(document.body, {childList: true, subtree: true});
  setInterval(ask, ASK_MS);
  setInterval(adopt, 1000);
  document.addEventListener('visibilitychange', ask);
  window.takhaiStills = {fetchPicture};  // tells when the picture was captured, null if there is no newer one
  adopt();
})();
