// Rows of an address: loaded once, the same object each time, so that what is drawn of them is not drawn anew.
import {json} from './atlases.js';

const MOST = 24, SLOWEST_MS = 15000;
const known = new Map(); // address -> rows, or the promise of them; the oldest first

export function rows(url) {
  if (!known.has(url)) {
    known.set(url, load(url).then(found => (known.set(url, found), found)));
    if (known.size > MOST) known.delete(known.keys().next().value);
  }
  return known.get(url);
}

async function load(url) {
  for (let wait = 1000; ; wait = Math.min(2 * wait, SLOWEST_MS)) {
    try {
      return await json(url);
    } catch (error) {
      await new Promise(done => setTimeout(done, wait)); // the server is away for a while
    }
  }
}
