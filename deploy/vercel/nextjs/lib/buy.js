// The browser's side: asks until there is an answer that asking again does not
// change. One click is one key, which sessionStorage keeps over a reload and the
// way to Stripe and back, so that it is one order however often it is asked for.

const ASK_AT_MOST = 60;
const LOOK_EVERY_MS = { not_open: 60_000, held_out: 5_000 };
const TURNS = { not_open: 'opens_at', held_out: 'next_lapse_at' };
const OVER = { sold_out: 'Sold out', ended: 'The sale is over' };

const place = (product_id) => `ticket-${product_id}`;
const keep = (wish, kept) => sessionStorage.setItem(place(wish.product_id), JSON.stringify({ ...kept, wish }));

// What was begun for this product: { key, wish, session_id }, or null.
export const begun = (product_id) => JSON.parse(sessionStorage.getItem(place(product_id)));
export const forget = (product_id) => sessionStorage.removeItem(place(product_id));

function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => { clearTimeout(timer); reject(signal.reason); };
    const timer = setTimeout(() => { signal?.removeEventListener('abort', stop); resolve(); }, ms);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

async function request(path, options) {
  const answer = await fetch(path, options).catch(() => null);
  const told = await answer?.json().catch(() => null);
  return { ...told, status: answer?.status, heard: Boolean(told) };
}

// Asks until the answer is one; up to a second of jitter keeps those apart who
// were refused together.
async function until_told(path, options, signal) {
  for (let tries = 1; ; tries++) {
    const told = await request(path, { ...options, signal });
    const again = !told.heard || told.retry_after_ms || [429, 502, 504].includes(told.status);
    if (!again || tries === ASK_AT_MOST) return told;
    await wait(told.retry_after_ms ?? 1000 + 1000 * Math.random(), signal);
  }
}

// Waits until the wish can be bought, as far as anybody knows, by the server's
// clock: what was TOLD, and what the product's page shows since. The platform's
// cache answers most of these looks. Resolves to how the product was last seen.
async function turn_comes({ product_id, quantity }, state, told, tell, signal) {
  for (;;) {
    const product = await request(`/api/products/${product_id}`, { signal });
    const seen = product.status === 200 ? product : { ...told, state };
    if (OVER[seen.state]) return seen.state;
    const at = seen[TURNS[state]] ?? told[TURNS[state]];
    const waits = seen.state === state || (told.left > 0 && seen.left < quantity);
    let left_ms = waits ? LOOK_EVERY_MS[state] : 0;
    if (waits && at) left_ms = new Date(at) - new Date(seen.now ?? Date.now());
    if (waits) tell({ state, at, left: told.left });
    await wait(Math.max(0, Math.min(left_ms, LOOK_EVERY_MS[state])) + 200 + 1000 * Math.random(), signal);
    if (left_ms <= LOOK_EVERY_MS[state]) return seen.state;
  }
}

// buy({ product_id, quantity, buyer }, tell, signal) holds the tickets. Meanwhile
// tell({ state, at, left }) hears what it waits for: 'asking', 'not_open' (at:
// when it opens) or 'held_out' (at: when the next hold ends; left: what is not
// held, fewer than wished for). Resolves to what the server said at last: with
// `url`, Stripe's page to go to; with `state` for an order that is over; else a
// problem (`status`, `title`, `type`).
export async function buy(wish, tell = () => {}, signal) {
  const before = begun(wish.product_id);
  const kept = before && JSON.stringify(before.wish) === JSON.stringify(wish) ? before : { key: crypto.randomUUID() };
  if (before?.session_id && kept !== before) await give_back(wish.product_id);
  keep(wish, kept);
  for (;;) {
    tell({ state: 'asking' });
    const told = await until_told('/api/checkout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': kept.key },
      body: JSON.stringify(wish),
    }, signal);
    const state = { 'not-open': 'not_open', 'held-out': 'held_out' }[told.type?.split(':').pop()];
    if (state) {
      // "All are held" can hang for seconds after the last of them is paid.
      const over = OVER[await turn_comes(wish, state, told, tell, signal)];
      if (over) {
        forget(wish.product_id);
        return { status: 410, title: over };
      }
    } else {
      if (told.session_id) keep(wish, { ...kept, session_id: told.session_id });
      // An unclear end keeps its key: the next click may find the order.
      else if (told.heard && !told.retry_after_ms && told.status < 500) forget(wish.product_id);
      return told;
    }
  }
}

// What has become of a session: 'held' (with `url`, to pay), 'sold', 'pending',
// 'refunded' or 'lapsed'.
export const outcome = (session_id, signal) =>
  until_told(`/api/checkout?session_id=${encodeURIComponent(session_id)}`, {}, signal);

// The buyer gives up: the tickets are free for others at once.
export async function give_back(product_id, signal) {
  const { session_id } = begun(product_id);
  const told = await until_told('/api/checkout', {
    method: 'DELETE', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ session_id }),
  }, signal);
  if (told.state) forget(product_id);
  return told;
}
