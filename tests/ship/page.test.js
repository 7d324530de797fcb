// The page of a deployment in a browser's place (jsdom), at the front of a running local
// cloud: it is served, asks and buys there.  Products in every state are made by SQL.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { JSDOM } from 'jsdom';

const { FUNCTION_URL, CONTROL_URL, REDIS_SOCKET, SQL_URL, NEON_CONNECTION_STRING } = process.env;

async function sql(query, ...params) {
  const answer = await fetch(SQL_URL, {
    method: 'POST',
    headers: { 'neon-connection-string': NEON_CONNECTION_STRING },
    body: JSON.stringify({ query, params }),
  });
  const { rows, message } = await answer.json();
  assert.equal(answer.status, 200, message);
  return rows;
}
const control = (method, path, body) =>
  fetch(CONTROL_URL + path, { method, body: body && JSON.stringify(body) });

// A new product; VALUES is SQL: what differs from five that are on sale.
async function product(values = {}) {
  const row = { id: '(SELECT max(id) + 1 FROM products)', name: "'Friday'", stock: 5, ...values };
  const query = `INSERT INTO products (${Object.keys(row)}) VALUES (${Object.values(row)}) RETURNING id`;
  return Number((await sql(query))[0].id);
}

const pages = [];
const answers = [];
after(async () => {
  for (const page of pages) page.hide(true);
  await Promise.allSettled(answers);
  await sleep(200); // a closed window's script would fail on what it still reads
  for (const { window } of pages) window.close();
});

// The page of a product; its requests are collected.
//   state    what a reload finds in the tab's history
//   speed    how many times faster the page's waits are
//   instead  {path: path}: where a request goes in place of its own path
async function open(id, { state = null, speed = 1, instead = {} } = {}) {
  const requests = [];
  const { window } = await JSDOM.fromURL(`${FUNCTION_URL}/?product=${id}`, {
    runScripts: 'dangerously',
    resources: 'usable',
    pretendToBeVisual: true,
    beforeParse(window) {
      window.AbortSignal = AbortSignal;
      window.Date.now = () => Date.now() - 3600000; // a visitor's clock
      window.history.replaceState(state, '');
      const { setTimeout: wait } = window;
      window.setTimeout = (wake, ms) => wait(wake, ms / speed);
      window.fetch = (path, options) => {
        requests.push({ path, key: options.headers?.['Idempotency-Key'] });
        answers.push(fetch(FUNCTION_URL + (instead[path] ?? path), options));
        return answers.at(-1);
      };
    },
  });
  const part = (name) => window.document.getElementById(name);
  const text = (name) => part(name).textContent;
  const page = {
    window, part, text,
    looks: () => requests.filter(({ path }) => path.startsWith('/api/products/')).length,
    keys: () => requests.filter(({ path }) => path === '/api/purchase').map(({ key }) => key),
    can_buy: () => !part('order').hidden && part('buy').getAttribute('aria-disabled') === 'false',
    reads: (name, pattern) => until(() => pattern.test(text(name)), () => `${name}: ${text(name)}`),
    buy(quantity, buyer) {
      part('quantity').value = quantity;
      part('buyer').value = buyer;
      part('buy').click();
    },
    hide(hidden) {
      Object.defineProperty(window.document, 'hidden', { value: hidden, configurable: true });
      window.document.dispatchEvent(new window.Event('visibilitychange'));
    },
  };
  pages.push(page);
  return page;
}

async function until(holds, what) {
  for (let i = 0; i < 300; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  assert.fail(what());
}

const left = async (id) => Number((await sql('SELECT stock FROM products WHERE id = $1', id))[0].stock);

test('on sale: the page says how many are left, and sells', async () => {
  const id = await product();
  const page = await open(id);
  await page.reads('state', /^On sale$/);
  assert.equal(page.text('name'), 'Friday');
  assert.equal(page.window.document.title, 'Friday');
  assert.equal(page.text('figure'), '5 left');
  page.buy(2, ' Ada ');
  assert.match(page.text('told'), /^Asking/);
  await page.reads('told', /^2 tickets for Ada: bought. Your order is number \d+\.$/);
  assert.equal(await left(id), 3);
  await page.reads('figure', /^3 left$/);
});

test('a click has one key, through retries and a reload; the next click has another', async () => {
  const id = await product();
  const page = await open(id);
  await page.reads('state', /^On sale$/);
  for (let permit = 0; permit < 8; permit++)
    execFileSync('redis-cli', ['-s', REDIS_SOCKET, 'SET', `lock:product:${id}${permit ? `#${permit}` : ''}`, 'somebody', 'EX', 2]);
  page.buy(1, 'Ada');
  page.part('buy').click();
  await page.reads('told', /bought/);
  assert.ok(page.keys().length > 1, `asked ${page.keys().length} times`);
  assert.equal(new Set(page.keys()).size, 1);

  const again = await open(id, { state: page.window.history.state });
  await again.reads('told', /bought/);
  assert.equal(again.text('told'), page.text('told'));
  assert.equal(again.keys()[0], page.keys()[0]);
  assert.equal(await left(id), 4);

  again.part('buy').click();
  await until(async () => (await left(id)) === 3, () => 'the second click bought nothing');
  assert.notEqual(again.keys().at(-1), page.keys()[0]);
});

test('a reload finds a purchase of which the tab did not hear the end', async () => {
  const id = await product();
  const wish = { product_id: id, quantity: 2, buyer: 'Ada' };
  const key = crypto.randomUUID();
  const page = await open(id, { state: { wish, key } });
  await page.reads('told', /^2 tickets for Ada: bought/);
  assert.equal(page.part('buyer').value, 'Ada');
  assert.deepEqual(page.keys(), [key]);
});

test("not open: counts down by the shop's clock, quietly, and opens by itself", async () => {
  const id = await product({ opens_at: "now() + '6 s'" });
  const page = await open(id);
  await page.reads('figure', /^Opens in \d\u00a0s$/);
  assert.equal(page.text('state'), 'Not open yet');
  assert.ok(!page.part('order').hidden && !page.can_buy());
  page.buy(1, 'early');
  assert.deepEqual(page.keys(), []);
  let said = 0;
  const listener = new page.window.MutationObserver(() => { said++; });
  for (const region of page.window.document.querySelectorAll('[role="status"]'))
    listener.observe(region, { childList: true, characterData: true, subtree: true });
  const [first] = page.text('figure').match(/\d/);
  await page.reads('figure', new RegExp(`^Opens in ${first - 1}\u00a0s$`));
  assert.equal(said, 0);
  page.hide(true); // it asks nobody
  await page.reads('state', /^On sale$/);
  assert.ok(page.can_buy());
  page.buy(1, 'Ada');
  await page.reads('told', /bought/);
});

test('held out: nothing to buy, and it says when more may come', async () => {
  const id = await product({ stock: 2 });
  const page = await open(id);
  await page.reads('state', /^On sale$/);
  const answer = await fetch(`${FUNCTION_URL}/api/hold`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ product_id: id, quantity: 2, buyer: 'slow' }),
  });
  assert.equal(answer.status, 201, await answer.text());
  await page.reads('state', /^All taken for the moment$/);
  assert.match(page.text('figure'), /^Perhaps more in \d+\u00a0min/);
  assert.match(page.text('note'), /hold the last 2 tickets/);
  assert.ok(!page.part('order').hidden && !page.can_buy());
});

test('who comes too late hears it at once, and the form goes', async () => {
  const id = await product({ stock: 1 });
  const page = await open(id);
  await page.reads('state', /^On sale$/);
  await sql('UPDATE products SET stock = 0 WHERE id = $1', id);
  page.part('buyer').focus();
  page.buy(1, 'late');
  const state = await new Promise((heard) => {
    new page.window.MutationObserver(() => {
      if (page.text('told') === 'Sold out. Nothing was bought.') heard(page.text('state'));
    }).observe(page.part('told'), { childList: true });
  });
  assert.equal(state, 'Sold out');
  assert.ok(page.part('order').hidden);
  assert.equal(page.window.document.activeElement, page.part('state'));
  assert.equal(page.window.history.state, null);
});

test('fewer left than asked for, or more than a buyer may have: the page says how many', async () => {
  const page = await open(await product({ stock: 2, per_buyer: 3 }));
  await page.reads('state', /^On sale$/);
  assert.equal(page.part('quantity').max, '3');
  page.buy(3, 'Ada');
  await page.reads('told', /^Only 2 left\. Ask for fewer\.$/);
  assert.ok(page.can_buy());

  const limited = await open(await product({ per_buyer: 1 }));
  await limited.reads('state', /^On sale$/);
  limited.buy(1, 'Ada');
  await limited.reads('told', /bought/);
  limited.part('buy').click();
  await limited.reads('told', /^A buyer may have 1 ticket, and you have 1\./);
});

test('ended, unknown: the page says so, and asks no more', async () => {
  const ended = await open(await product({ closes_at: "now() - interval '1 s'" }), { speed: 50 });
  const unknown = await open(999999, { speed: 50 });
  await ended.reads('state', /^The sale has ended$/);
  assert.match(ended.text('note'), /^It closed on \w+day, /);
  await unknown.reads('state', /^There is no such product$/);
  await sleep(500);
  for (const page of [ended, unknown]) {
    assert.equal(page.looks(), 1);
    assert.ok(page.part('order').hidden);
  }
});

test('an operation for callers with the secret: tickets are sold in the shop', async () => {
  const page = await open(await product(), { instead: { '/api/purchase': '/api/confirm' } });
  await page.reads('state', /^On sale$/);
  page.buy(1, 'Ada');
  await page.reads('state', /^Tickets are sold in the shop$/);
  assert.equal(page.text('told'), 'Nothing was bought.');
  assert.ok(page.part('order').hidden);
});

test('a hidden page asks nothing; one that is seen again asks at once', async () => {
  const page = await open(await product(), { speed: 20 });
  await until(() => page.looks() > 3, () => `looked ${page.looks()} times`);
  const before = page.looks();
  page.hide(true);
  page.hide(false);
  assert.equal(page.looks(), before + 1);
  page.hide(true); // while an answer is on its way
  await sleep(1000);
  assert.equal(page.looks(), before + 1);
});

test('a page that was sold out for long stops, and sees a restock after a reload', async () => {
  const id = await product({ stock: 0 });
  const page = await open(id, { speed: 500 });
  await page.reads('state', /^Sold out$/);
  await page.reads('note', /stopped asking/);
  const before = page.looks();
  assert.ok(before > 10);
  await sleep(500);
  assert.equal(page.looks(), before);
  await sql('UPDATE products SET stock = 1 WHERE id = $1', id);
  await (await open(id)).reads('figure', /^1 left$/);
});

test('a shop that does not answer: the page says so, keeps what it knew, and recovers', async () => {
  const page = await open(await product(), { speed: 10 });
  await page.reads('state', /^On sale$/);
  await control('POST', '/faults', { door: 'sql', fault: 'down', value: 1 });
  try {
    await page.reads('trouble', /does not answer/);
    assert.equal(page.text('figure'), '5 left');
  } finally {
    await control('DELETE', '/faults');
  }
  await page.reads('trouble', /^$/);
});

test('nobody could say how it went: the page asks again for the same order alone', async () => {
  const id = await product();
  const page = await open(id, { speed: 100 });
  await page.reads('state', /^On sale$/);
  await control('POST', '/faults', { door: 'kv', fault: 'down', value: 1 });
  try {
    page.buy(2, 'Ada');
    await page.reads('told', /^Nobody could say/);
  } finally {
    await control('DELETE', '/faults');
  }
  assert.equal(page.text('buy'), 'Ask again');
  assert.ok(page.part('buyer').readOnly && page.can_buy());
  await until(async () => {
    page.part('buy').click();
    await until(() => !/^Asking/.test(page.text('told')), () => 'still asking');
    return /^2 tickets for Ada: bought/.test(page.text('told'));
  }, () => page.text('told'));
  assert.equal(new Set(page.keys()).size, 1);
  assert.equal(await left(id), 3);
});
