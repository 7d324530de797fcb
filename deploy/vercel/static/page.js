// Shows one product's sale and buys from it.  The page asks how the sale goes
// every two seconds or so; in between it counts down by the shop's clock.
'use strict';

const id = new URLSearchParams(location.search).get('product') ?? '1';
const [name, state, figure, note, trouble, order, quantity, buyer, button, told] =
  ['name', 'state', 'figure', 'note', 'trouble', 'order', 'quantity', 'buyer', 'buy', 'told']
    .map((part) => document.getElementById(part));

let sale = null; // as the shop described it last
let ahead = -Infinity; // the shop's clock, less ours
let seen = -Infinity; // the shop's clock when it described it
let failures = 0; // looks in a row without an answer
let idle = 0; // looks in a row that found it sold out
const idle_max = 30;
const most = Number(quantity.max); // tickets in one order
let refusal = null; // 'shop' or 'unknown': why this page does not sell it
let asking = false;
let question = null; // the purchase of which nobody could say how it went

// ---- how the sale goes ----

// A description that waited in a cache is a little old, so the shop's clock is
// never behind this.
const clock = () => performance.now() + ahead;

function until(time) {
  const s = Math.max(0, Math.ceil((Date.parse(time) - clock()) / 1000));
  const [days, hours, minutes] = [86400, 3600, 60].map((unit) => Math.floor(s / unit));
  const parts = days ? [days, 'd', hours % 24, 'h'] : hours ? [hours, 'h', minutes % 60, 'min'] : [minutes, 'min', s % 60, 's'];
  return parts.slice(parts[0] ? 0 : 2).join('\u00a0');
}

const date = (time) => new Date(time).toLocaleString(document.documentElement.lang, {
  weekday: 'long', month: 'long', day: 'numeric', hour: 'numeric', minute: '2-digit', timeZoneName: 'short' });

const tickets = (n) => (n === 1 ? '1 ticket' : `${n} tickets`);

const descriptions = {
  not_open: () => ['Not open yet', `Opens in ${until(sale.opens_at)}`, `${date(sale.opens_at)}. This page opens by itself.`],
  open: () => ['On sale', `${sale.left} left`, sale.held ? `Buyers who have not paid yet hold ${sale.held} more.` : ''],
  held_out: () => ['All taken for the moment', `Perhaps more in ${until(sale.next_lapse_at)}`,
    `Buyers who have not paid yet hold the last ${tickets(sale.held)}. What they do not pay for comes back.`],
  sold_out: () => ['Sold out', '', idle > idle_max ? 'This page has stopped asking. Reload it to ask again.' : 'Every ticket has its buyer.'],
  ended: () => ['The sale has ended', '', sale.closes_at ? `It closed on ${date(sale.closes_at)}.` : ''],
  unknown: () => ['There is no such product', '', 'Is the link complete?'],
  shop: () => ['Tickets are sold in the shop', '', 'This page does not sell them.'],
};

function phase() {
  if (refusal) return refusal;
  const { state: word, opens_at, closes_at } = sale;
  if (closes_at && clock() >= Date.parse(closes_at)) return 'ended';
  return word === 'not_open' && clock() >= Date.parse(opens_at) ? 'open' : word;
}

// A region that is written anew is read out anew.
function write(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function show() {
  // Whoever sees the sale need not hear of a single miss.
  write(trouble, failures > (sale ? 1 : 0) ? 'The shop does not answer. This page keeps asking.' : '');
  if (!sale && !refusal) return;
  const now = phase();
  const [headline, number, more] = descriptions[now]();
  write(state, headline);
  write(figure, number);
  write(note, more);
  const hide = !asking && !question && !['not_open', 'open', 'held_out'].includes(now);
  if (hide && order.contains(document.activeElement)) state.focus();
  order.hidden = hide;
  button.setAttribute('aria-disabled', asking || (now !== 'open' && !question));
}

function learn(news) {
  // Caches may give an older description after a newer one.
  if (Date.parse(news.now) < seen) return;
  seen = Date.parse(news.now);
  ahead = Math.max(ahead, seen - performance.now());
  sale = news;
  idle = sale.state === 'sold_out' ? idle + 1 : 0;
  write(name, sale.name);
  document.title = sale.name;
  quantity.max = Math.min(most, sale.per_buyer ?? most);
}

// Milliseconds to the next look; none: there is nothing to wait for.
function pause() {
  if (failures) return 1000 * 2 ** Math.min(failures, 5);
  switch (phase()) {
    case 'not_open': return Math.min(30000, Date.parse(sale.opens_at) - clock());
    case 'open':
    case 'held_out': return 1500;
    case 'sold_out': return idle > idle_max ? null : 10000;
    default: return null;
  }
}

let next;
async function look() {
  const answer = await fetch(`/api/products/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(10000) }).catch(() => null);
  const news = await answer?.json().catch(() => null);
  const known = [400, 401, 404].includes(answer?.status);
  failures = known || (answer?.ok && news) ? 0 : failures + 1;
  if (known) refusal = answer.status === 401 ? 'shop' : 'unknown';
  else if (!failures) learn(news);
  show();
  clearTimeout(next);
  const wait = pause();
  if (wait === null || document.hidden) return;
  const told_s = Number(answer?.headers.get('Retry-After')) || 0;
  next = setTimeout(look, Math.max(wait, 1000 * told_s) + 1000 * Math.random());
}

// ---- buying ----

// Ask until there is an answer that asking again does not change; as in README.md.
async function buy(wish, key = crypto.randomUUID()) {
  for (let tries = 0; tries < 60; tries++) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const body = JSON.stringify(wish);
    const answer = await fetch('/api/purchase', { method: 'POST', headers, body }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (told && !told.retry_after_ms && ![429, 502, 504].includes(answer.status)) return { ...told, status: answer.status };
    await new Promise((wake) => { setTimeout(wake, told?.retry_after_ms ?? 1000 + 1000 * Math.random()); });
  }
}

// In plain words, where they say more than the answer's own.
const refusals = {
  'sold-out': ({ left }) => (left > 0 ? `Only ${left} left. Ask for fewer.` : 'Sold out. Nothing was bought.'),
  'held-out': ({ left }) => `${left > 0 ? `Only ${left} left for the moment` : 'All taken for the moment'}. Nothing was bought.`,
  'not-open': () => 'Not open yet. Nothing was bought.',
  ended: () => 'The sale has ended. Nothing was bought.',
  'limit-reached': ({ per_buyer, yours }) => `A buyer may have ${tickets(per_buyer)}, and you have ${yours}. Nothing more was bought.`,
  unauthorized: () => 'Nothing was bought.',
};

const problem = ({ type }) => type?.split(':').pop();

function describe(answer) {
  if (!answer) return 'Nobody could say whether that worked. Ask again: it is the same order, you do not buy twice.';
  if (answer.status >= 300) {
    const say = refusals[problem(answer)];
    return say ? say(answer) : [answer.title ?? `Status ${answer.status}`, answer.detail].filter(Boolean).join(': ');
  }
  const { order_id, buyer: whose, quantity: n, state: word = 'sold' } = answer;
  if (word !== 'sold') return `Order ${order_id} was bought and is no longer yours (${word}).`;
  return `${tickets(n)} for ${whose}: bought. Your order is number ${order_id}.`;
}

// The history keeps a wish and its key for this tab: after a reload the same
// order is asked for, also one that was bought.
async function ask({ wish, key }) {
  asking = true;
  history.replaceState({ wish, key }, '');
  for (const input of [quantity, buyer]) input.readOnly = true;
  told.dataset.kind = 'wait';
  write(told, 'Asking. If many others ask too, this can take a minute; you need not press again.');
  show();
  const answer = await buy(wish, key);
  asking = false;
  question = answer ? null : { wish, key };
  const bought = answer?.status < 300;
  if (answer && !bought) history.replaceState(null, '');
  for (const input of [quantity, buyer]) input.readOnly = question !== null;
  write(button, question ? 'Ask again' : bought ? 'Buy more' : 'Buy');
  told.dataset.kind = bought ? 'good' : 'bad';
  write(told, describe(answer));
  if (answer?.status === 401) refusal = 'shop';
  if (sale && answer && problem(answer) === 'sold-out' && !(answer.left > 0))
    learn({ ...sale, state: 'sold_out', left: 0, now: new Date(clock()).toISOString() });
  show();
  look();
}

order.addEventListener('submit', (event) => {
  event.preventDefault();
  if (button.getAttribute('aria-disabled') === 'true') return;
  const wish = { product_id: Number(id), quantity: Number(quantity.value), buyer: buyer.value.trim() };
  ask(question ?? { wish, key: crypto.randomUUID() });
});

document.addEventListener('visibilitychange', () => {
  clearTimeout(next);
  if (!document.hidden) look();
});

write(state, 'One moment …');
look();
setInterval(show, 500);
if (history.state) {
  [quantity.value, buyer.value] = [history.state.wish.quantity, history.state.wish.buyer];
  ask(history.state);
}
