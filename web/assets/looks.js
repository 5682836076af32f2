// See a camera now. <div data-look="7" data-look-words='{...}'><button></button><span></span></div>: a click asks the
// worker to look once a second for a minute; meanwhile the figures of that camera (see stills.js) are filled as quick
// as pictures come. It ends by itself. A refusal says why, in the words of the page.
(() => {
  if (window.takhaiLooks) return;
  window.takhaiLooks = true;
  const STEP_MS = 400, TELL_MS = 1200, SLOW_S = 12;
  const looks = new Map();  // camera -> what is known of its look
  const now = () => Date.now() / 1000;

  function paint(box) {
    const look = looks.get(box.dataset.look), said = box.words || (box.words = JSON.parse(box.dataset.lookWords));
    const button = box.querySelector('button'), span = box.querySelector('span');
    const live = Boolean(look && !look.ended);
    button.disabled = live;
    let text = '';
    if (look?.ended) text = look.reason ? said.refused.replace('{reason}', said.reasons[look.reason] || look.reason) :
      look.pictures ? said.ended : said.nothing;
    else if (look?.pictures) text = said.live.replace('{seconds}', Math.max(0, Math.ceil(look.until - now())));
    else if (look) text = now() - look.began > SLOW_S ? said.slow : said.asking;
    if (span.textContent !== text) span.textContent = text;
    box.classList.toggle('live', live && look.pictures > 0);
    box.classList.toggle('refused', Boolean(look?.ended && (look.reason || !look.pictures)));
  }

  const paintAll = id => document.querySelectorAll(`[data-look="${id}"]`).forEach(paint);

  async function tell(id, look) {
    if (now() - look.told < TELL_MS / 1000) return;
    look.told = now();
    const reply = await fetch(`/looks/${id}`, {cache: 'no-store', signal: AbortSignal.timeout(4000)});
    if (!reply.ok) return;
    const said = await reply.json();
    if (said.asked < look.asked - 1e-3) return;
    look.until = said.until - said.now + now();  // another reader may have asked for longer
    look.reason = said.reason;
  }

  async function follow(id) {
    const look = {began: now(), until: now() + 60, pictures: 0, reason: '', ended: false, told: 0, asked: 0};
    looks.set(id, look);
    paintAll(id);
    try {
      const reply = await fetch(`/looks/${id}`, {method: 'POST', signal: AbortSignal.timeout(8000)});
      const said = reply.headers.get('content-type')?.includes('json') ? await reply.json() : {reason: 'unreachable'};
      if (!reply.ok) look.reason = said.reason;
      else Object.assign(look, {until: said.until - said.now + now(), asked: said.asked, told: now()});
    } catch (error) { look.reason = 'timeout'; }
    while (!look.reason && now() < look.until && document.querySelector(`[data-look="${id}"]`)) {
      const begun = Date.now();
      const captured = await window.takhaiStills.fetchPicture(id).catch(() => null);
      if (captured && captured > look.asked - 1) look.pictures += 1;
      await tell(id, look).catch(() => {});
      paintAll(id);
      await new Promise(done => setTimeout(done, Math.max(50, STEP_MS - (Date.now() - begun))));
    }
    look.ended = true;
    paintAll(id);
  }

  document.addEventListener('click', event => {
    const box = event.target.closest && event.target.closest('[data-look] button')?.parentElement;
    if (!box) return;
    const look = looks.get(box.dataset.look);
    if (!look || look.ended) follow(box.dataset.look);
  });
  setInterval(() => document.querySelectorAll('[data-look]').forEach(paint), 500);
})();
