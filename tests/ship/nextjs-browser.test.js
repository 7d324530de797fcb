// The shop's browser side, deploy/vercel/nextjs/lib/buy.js: its loop, with the
// shop's route handlers behind its fetch, a running local cloud and a stand-in
// for Stripe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open_shop, orders, sql, state } from './shop.js';

const { FUNCTION_URL } = process.env;
const { app, checkout, request, stripe, product, held, happens } = await open_shop(540);
const browser = await import(`${app}/lib/buy.js`);

// One tab: its storage, and fetch as the page of the shop has it. Of so many
// requests as HOW.lose says the answer is lost; while HOW.unclear is set, it is
// the status of every answer.
function open_tab(how) {
  const kept = new Map();
  const asked = [];
  const real = globalThis.fetch;
  globalThis.sessionStorage = {
    getItem: (name) => kept.get(name) ?? null, setItem: (name, text) => kept.set(name, text), removeItem: (name) => kept.delete(name),
  };
  globalThis.fetch = async (url, options = {}) => {
    if (!String(url).startsWith('/')) return real(url, options);
    if (url.startsWith('/api/products/')) return real(FUNCTION_URL + url, options);
    const method = options.method ?? 'GET';
    asked.push({ method, key: options.headers?.['Idempotency-Key'] });
    const answer = await checkout[method](request(url, options));
    if (how.lose && how.lose--) throw new TypeError('the connection was lost');
    return how.unclear ? Response.json({ title: 'Nobody knows' }, { status: how.unclear }) : answer;
  };
  return { asked, close: () => { globalThis.fetch = real; } };
}

async function in_tab(how, work) {
  const tab = open_tab(how);
  try {
    return await work(tab);
  } finally {
    tab.close();
  }
}

test('the browser: an answer that got lost is asked for again with the same key', async () => {
  const product_id = product({ stock: 5 });
  await in_tab({ lose: 1 }, async ({ asked }) => {
    assert.equal((await browser.buy({ product_id, quantity: 1, buyer: 'ada' })).state, 'held');
    assert.equal(asked.length, 2);
    assert.equal(asked[0].key, asked[1].key);
    assert.equal(orders(product_id, 'held'), 1);
  });
});

test('the browser: a reload asks with the same key; another wish gives the tickets back', async () => {
  const product_id = product({ stock: 5 });
  const wish = { product_id, quantity: 1, buyer: 'ada' };
  await in_tab({ lose: 1 }, async ({ asked }) => {
    const page = new AbortController();
    await assert.rejects(browser.buy(wish, () => page.abort(new Error('reloaded')), page.signal), /reloaded/);
    const told = await browser.buy(browser.begun(product_id).wish);
    assert.equal(told.state, 'held');
    assert.deepEqual(await browser.buy(browser.begun(product_id).wish), told);
    assert.equal(asked.length, 3);
    assert.equal(new Set(asked.map(({ key }) => key)).size, 1);
    assert.equal(orders(product_id, 'held'), 1);

    assert.equal((await browser.buy({ ...wish, quantity: 2 })).state, 'held');
    assert.match(state(told.order_id), /^cancelled/);
    assert.equal((await browser.give_back(product_id)).state, 'cancelled');
    assert.equal(browser.begun(product_id), null);
    assert.equal(orders(product_id, 'held'), 0);
  });
});

test('the browser: an unclear end keeps its key, and the next click finds the order', async (t) => {
  const real = globalThis.setTimeout; // without the second or two between tries
  t.mock.method(globalThis, 'setTimeout', (done, ms, ...more) => real(done, ms > 1000 && ms < 2000 ? 0 : ms, ...more));
  for (const unclear of [500, 504]) {
    const wish = { product_id: product({ stock: 5 }), quantity: 1, buyer: 'ada' };
    const how = { unclear };
    await in_tab(how, async ({ asked }) => {
      assert.equal((await browser.buy(wish)).status, unclear);
      how.unclear = 0;
      assert.equal((await browser.buy(wish)).state, 'held');
      assert.equal(new Set(asked.map(({ key }) => key)).size, 1);
      assert.equal(orders(wish.product_id, 'held'), 1);
    });
  }
});

test('the browser: closed on the way, the webhook alone sells', async () => {
  const product_id = product();
  await in_tab({}, async () => {
    const { session_id, order_id } = await browser.buy({ product_id, quantity: 1, buyer: 'ada' });
    const session = stripe.pay(session_id);
    assert.equal(await happens('completed', session), 200);
    assert.match(state(order_id), /^sold/);
    assert.equal((await browser.outcome(session_id)).state, 'sold');
  });
});

test('the browser: sold out and too many are said at once, and a new click is a new key', async () => {
  const none = product({ stock: 0 });
  const limited = product({ stock: 5, per_buyer: 1 });
  await in_tab({}, async ({ asked }) => {
    const told = await browser.buy({ product_id: none, quantity: 1, buyer: 'ada' });
    assert.equal(told.status, 410);
    assert.match(told.type, /sold-out$/);
    assert.equal(asked.length, 1);
    assert.equal(browser.begun(none), null);
    await browser.buy({ product_id: none, quantity: 1, buyer: 'ada' });
    assert.notEqual(asked[0].key, asked[1].key);
    assert.match((await browser.buy({ product_id: limited, quantity: 2, buyer: 'ada' })).type, /limit-reached$/);
  });
});

test('the browser: all were held a moment ago and are sold now: sold out', async () => {
  const product_id = product();
  const { session_id } = await held({ product_id });
  assert.equal(await happens('completed', stripe.pay(session_id)), 200);
  await in_tab({}, async ({ asked }) => {
    assert.deepEqual(await browser.buy({ product_id, quantity: 1, buyer: 'bob' }), { status: 410, title: 'Sold out' });
    assert.equal(asked.length, 1);
    assert.equal(browser.begun(product_id), null);
  });
});

test('the browser: waits until it opens', async () => {
  const product_id = product({ opens_at: 'now() + interval \'3 s\'' });
  await in_tab({}, async ({ asked }) => {
    const heard = [];
    const told = await browser.buy({ product_id, quantity: 1, buyer: 'ada' }, (what) => heard.push(what));
    assert.equal(told.state, 'held');
    const waited = heard.find((what) => what.state === 'not_open');
    assert.equal(sql(`SELECT abs(extract(epoch FROM opens_at - '${waited.at}')) < 0.01 FROM products WHERE id = ${product_id}`), 't');
    assert.ok(asked.length <= 5, `it asked ${asked.length} times`);
  });
});

test('the browser: waits for the holds of others, and can stop', async () => {
  const product_id = product({ hold_s: 3 });
  await held({ product_id });
  await in_tab({}, async ({ asked }) => {
    const heard = [];
    const told = await browser.buy({ product_id, quantity: 1, buyer: 'bob' }, (what) => heard.push(what));
    assert.equal(told.state, 'held');
    assert.ok(Date.parse(heard.find((what) => what.state === 'held_out').at));
    assert.ok(asked.length <= 8, `it asked ${asked.length} times`);
    assert.equal(orders(product_id, 'held'), 1);
  });
  await in_tab({}, async () => {
    const stop = new AbortController();
    await assert.rejects(browser.buy({ product_id, quantity: 1, buyer: 'eve' },
      (what) => { if (what.state === 'held_out') stop.abort(new Error('stopped')); }, stop.signal), /stopped/);
  });
});

test('the browser: fewer are left than wished for: waits for the holds of others', async () => {
  const product_id = product({ stock: 2, hold_s: 3 });
  await held({ product_id });
  await in_tab({}, async ({ asked }) => {
    const heard = [];
    const told = await browser.buy({ product_id, quantity: 2, buyer: 'bob' }, (what) => heard.push(what));
    assert.equal(told.state, 'held');
    const waited = heard.find((what) => what.state === 'held_out');
    assert.equal(waited.left, 1);
    assert.ok(Date.parse(waited.at));
    assert.ok(asked.length <= 3, `it asked ${asked.length} times`);
  });
});
