// deploy/sale.md: its blocks are run as they stand and in their order, by one shell and
// by psql, and each must do what the page says.  The local cloud that runs has the
// operations that the page's `sed` makes, and CLOUD_LOG is its log, which a stand-in for
// `vercel logs` gives.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const { BOUNCER_SECRET, CLOUD_LOG, DATABASE_URL, FUNCTION_URL, REDIS_SOCKET } = process.env;
const WAIT_S = 30;

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const guide = read('deploy/sale.md');
const work = mkdtempSync(join(tmpdir(), 'sale-'));

// ---- the page ----

const blocks = [...guide.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text }));

// The next block, which is in LANGUAGE and has MARK in it.
function take(language, mark) {
  const block = blocks.shift();
  assert.equal(block?.language, language, block?.text);
  assert.ok(block.text.includes(mark), `${mark}, and not:\n${block.text}`);
  return block.text;
}

let shell;
let said = '';
async function run_sh(text) {
  said = '';
  shell.stdin.write(`${text}\necho "ended: $?"\n`);
  await until(() => /^ended: \d+\n$/m.test(said));
  const [, output, status] = said.match(/^(.*)ended: (\d+)\n$/s);
  assert.equal(status, '0', `${text}\n${output}`);
  return output;
}

// The rows that SQL gives, without the names of the columns, those of each between commas.
const sql = (text) => execFileSync('psql', [DATABASE_URL, '--quiet', '--csv', '--tuples-only', '--set', 'ON_ERROR_STOP=1'],
  { input: text, encoding: 'utf8' }).trim().split('\n').filter(Boolean);
const one = (text) => sql(text)[0];

// Run the next block; what it gives.
const run_sql = (mark) => sql(take('sql', mark));
const run = (mark) => run_sh(take('sh', mark));
async function run_and_compare(mark) {
  const comparable = (text) => text.replace(/"order_id":\d+/g, '"order_id":N').replace(/"20\d\d-[^"]*Z"/g, 'T');
  const output = await run(mark);
  assert.equal(comparable(output), comparable(take('', '')));
}

// ---- the sale ----

async function until(done, what = 'it happens') {
  for (let i = 0; i < WAIT_S * 20; i++) {
    const result = await done();
    if (result) return result;
    await sleep(50);
  }
  return assert.fail(`waited ${WAIT_S} s until ${what}`);
}

// What the shop's server hears; who hears "busy" comes again.
async function ask(path, body, key) {
  for (;;) {
    const answer = await fetch(`${FUNCTION_URL}/api/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${BOUNCER_SECRET}`, 'content-type': 'application/json', ...(key && { 'idempotency-key': key }),
      },
      body: body && JSON.stringify(body),
    });
    const told = { ...await answer.json(), status: answer.status };
    if (!told.retry_after_ms) return told;
    await sleep(told.retry_after_ms);
  }
}
const hold = (buyer, quantity = 1, key = undefined) => ask('hold', { product_id: 101, buyer, quantity }, key);
const confirm = (order_id, payment) => ask('confirm', { order_id, payment });
// As long as a sign hangs, buyers hear no.
const serve = (buyer, quantity = 1, key = undefined) => until(async () => {
  const told = await hold(buyer, quantity, key);
  return told.status === 201 && told;
}, `${buyer} is served`);
const cancel = (order_id) => ask('cancel', { product_id: 101, order_id });
async function sell(buyer, quantity, key) {
  const { order_id } = await serve(buyer, quantity, key);
  assert.equal((await confirm(order_id, `payment-of-${buyer}`)).status, 200);
  return order_id;
}
const refused = async (buyer, status, word) => {
  const told = await hold(buyer);
  assert.deepEqual([told.status, told.type], [status, `urn:bouncer:problem:${word}`]);
};

const redis = (...args) => execFileSync('redis-cli', ['-s', REDIS_SOCKET, ...args], { encoding: 'utf8' }).trim();
const sign = 'closed:product:101';

const sell_out = () =>
  sql("UPDATE orders SET state = 'lapsed' WHERE state = 'held'; UPDATE products SET stock = 0 WHERE id = 101");

before(() => {
  mkdirSync(join(work, 'tools'));
  const message = 'const print = (message) => console.log(JSON.stringify({ message }));';
  writeFileSync(join(work, 'tools/vercel'), `#!/bin/sh
[ "$*" = 'logs --since 1h' ] && exec node -e '${message}
fs.readFileSync(process.env.CLOUD_LOG, "utf8").split("\\n").forEach(print)'\n`, { mode: 0o755 });
  shell = spawn('sh', { cwd: work, env: { ...process.env, PATH: `${work}/tools:${process.env.PATH}` } });
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (data) => { said += data; });
  cpSync(new URL('../../function', import.meta.url), join(work, 'function'), { recursive: true });
});
after(() => {
  shell.stdin.end();
  rmSync(work, { recursive: true, force: true });
});

test('sale: the settings are those that the local cloud has too', () => {
  for (const [, name] of take('', 'YOUR-DEPLOYMENT').matchAll(/^(\w+)=/gm)) assert.ok(process.env[name], name);
});

test('sale: a product opens at the time that was meant', async () => {
  await run('post()');
  run_sql('INSERT INTO products');
  const row = run_sql('opens_in_berlin').find((line) => line.startsWith('101,'));
  const [, , opens_in_berlin, , ...rest] = row.match(/"[^"]*"|[^,]+/g);
  assert.deepEqual([opens_in_berlin, ...rest], ['2026-11-27 20:00:00', '200', '4', '1860']);
  assert.equal((await ask('products/101')).opens_at, '2026-11-27T19:00:00.000Z');
});

test('sale: nobody buys without the secret, and everybody sees the product', async () => {
  await run('callers');
  assert.equal(JSON.parse(readFileSync(join(work, 'function/operations.json'))).callers, 'secret');
  await run_and_compare('"nobody"');
});

test("sale: both kinds of rewrites show the function's product on the shop's domain", async () => {
  process.env.BOUNCER_URL = FUNCTION_URL;
  const config = await import(`data:text/javascript,${encodeURIComponent(take('js', 'rewrites'))}`);
  const file = take('json', 'rewrites').replaceAll('https://YOUR-DEPLOYMENT', FUNCTION_URL);
  assert.deepEqual(config.default.rewrites(), JSON.parse(file).rewrites);

  const shop = join(work, 'shop');
  mkdirSync(join(shop, '.vercel'), { recursive: true });
  writeFileSync(join(shop, 'vercel.json'), file);
  writeFileSync(join(shop, '.vercel/project.json'), '{"settings": {"framework": null}}');
  writeFileSync(join(shop, 'index.html'), 'the shop');
  execFileSync(new URL('node_modules/.bin/vercel', import.meta.url).pathname, ['build', '--yes', '--global-config', join(work, 'vercel')],
    { cwd: shop, stdio: 'pipe', env: { ...process.env, HOME: work, VERCEL_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' } });
  const { routes } = JSON.parse(readFileSync(join(shop, '.vercel/output/config.json'), 'utf8'));
  const route = routes.find(({ src }) => src && new RegExp(src).test('/api/products/101'));
  const answer = await fetch('/api/products/101'.replace(new RegExp(route.src), route.dest));
  assert.equal((await answer.json()).name, 'Friday, standing');
});

test('sale: a rehearsal holds, pays and cancels, and leaves nothing behind', async () => {
  run_sql('Rehearsal');
  await run_and_compare('post confirm');
  assert.equal(one('SELECT "left", cancelled, refunds_due FROM sales WHERE product_id = 900'), '2,1,1');
  assert.notEqual(one("SELECT count(*) FROM fences WHERE lock LIKE 'product:900%'"), '0');
  run_sql('DELETE FROM orders');
  await run_and_compare('"rehearsal"');
  for (const left of ['orders WHERE product_id = 900', 'products WHERE id = 900', "fences WHERE lock LIKE 'product:900%'"])
    assert.equal(one(`SELECT count(*) FROM ${left}`), '0', left);
  for (const command of take('redis', 'DEL').trim().split('\n')) redis(...command.split(' '));
  await until(() => redis('KEYS', '*product:900*') === '', 'the store has forgotten it');
});

test('sale: opened by hand, it sells when "not open yet" has gone, in a minute at most', async () => {
  sql("UPDATE products SET opens_at = now() + interval '1 hour' WHERE id = 101");
  await refused('alice@example.org', 409, 'not-open');
  await until(() => redis('EXISTS', sign) === '1', 'the sign hangs');
  const ttl = Number(redis('TTL', sign));
  assert.ok(ttl > 10 && ttl <= 60, `${ttl}`);
  run_sql('opens_at = now()');
  redis('EXPIRE', sign, '1');
  await serve('alice@example.org');
});

test('sale: the stop switch ends it at the next call, and what is held can be paid', async () => {
  const { order_id } = await hold('alice@example.org');
  run_sql('closes_at = now()');
  await refused('bob@example.org', 410, 'ended');
  assert.equal((await ask('products/101')).state, 'ended');
  assert.equal((await confirm(order_id, 'payment-of-alice@example.org')).status, 200);
});

test('sale: it goes on when the sign has gone', async () => {
  run_sql('closes_at = NULL');
  await serve('bob@example.org', 2);
});

test('sale: the queries tell what is sold, held and owed', async () => {
  // Alice has a ticket and one held, bob two held; carol is owed money, eve is not, dora's
  // hold lapses.
  const owed = await sell('carol@example.org', 3);
  assert.equal((await cancel(owed)).status, 200);
  assert.equal((await cancel((await hold('eve@example.org')).order_id)).status, 200);
  const lapsed = (await hold('dora@example.org')).order_id;
  sql(`UPDATE orders SET held_until = now() WHERE id = ${lapsed}`);

  assert.equal(run_sql('FROM sales')[0], '101,"Friday, standing",196,3,1,4,1,1,1');
  assert.match(run_sql('AS minute').join('\n'), /^[^,]+,1$/);
  const held = run_sql('AS lapses_in').map((row) => row.split(','));
  assert.deepEqual(held.map(([, quantity, buyer]) => [buyer, quantity]), [['alice@example.org', '1'], ['bob@example.org', '2']]);
  for (const [, , , lapses_in] of held) assert.match(lapses_in, /^00:30:/);
  assert.deepEqual(run_sql("state = 'refund'"), [`${owed},101,3,carol@example.org,cancelled,payment-of-carol@example.org`]);
  assert.deepEqual(run_sql('alice@example.org').map((row) => row.split(',').at(-1)), ['held', 'sold']);
  assert.match(run_sql('LIMIT 20')[0], new RegExp(`^${lapsed},101,1,dora`));
});

test('sale: the log is counted by what was answered, and the guide knows the words', async () => {
  const counted = await run('vercel logs');
  for (const word of ['held', 'confirmed', 'cancelled', 'not_open', 'ended', 'unknown_product'])
    assert.match(counted, new RegExp(`^ *\\d+ outcome[^a-z]*${word}$`, 'm'));
  const table = guide.match(/^\| `outcome`.*?\n\n/ms)[0];
  const answers = read('lib/guard/answer.c') + read('function/operations.json');
  for (const [, word] of table.matchAll(/`([a-z_]+)`/g)) if (word !== 'outcome') assert.ok(answers.includes(`"${word}"`), word);
});

test('sale: tickets that are added are sold, though "sold out" was said', async () => {
  sell_out();
  await refused('bob@example.org', 410, 'sold-out');
  await until(() => redis('EXISTS', sign) === '1', 'the sign hangs');
  run_sql('stock = stock + 50');
  await serve('bob@example.org');
  assert.equal((await ask('products/101')).left, 49);
});

test('sale: another limit and another time for holds count at once', async () => {
  run_sql('per_buyer = 2');
  assert.equal((await hold('dora@example.org', 3)).type, 'urn:bouncer:problem:limit-reached');
  const { order_id } = await hold('dora@example.org', 2);
  assert.equal(one(`SELECT extract(epoch FROM date_trunc('minute', held_until - created_at))::int FROM orders WHERE id = ${order_id}`), '2400');
});

test('sale: an order cancelled by its operation takes "sold out" down, one by SQL does not', async () => {
  const order = one("SELECT id FROM orders WHERE buyer = 'alice@example.org' AND state = 'sold'");
  // It would hang for longer than this test waits.
  const sign_hangs = () => until(() => redis('EXPIRE', sign, '100') === '1', 'the sign hangs');
  sell_out();
  await until(async () => (await hold('eve@example.org')).type.endsWith('sold-out'));
  await sign_hangs();
  assert.match(await run('post cancel'), new RegExp(`"state":"cancelled","order_id":${order},.*200$`, 'm'));
  await until(() => redis('EXISTS', sign) === '0', 'the sign is gone');

  await serve('bob@example.org');
  await sign_hangs();
  assert.match(run_sql('cancel(product_id, id, NULL)').join('\n'), /^[^\n]*cancelled[^\n]*$/);
  assert.equal(one("SELECT count(*) FROM orders WHERE buyer = 'bob@example.org' AND state IN ('held', 'sold')"), '0');
  assert.equal(redis('EXISTS', sign), '1');
  redis('EXPIRE', sign, '1');
  await serve('eve@example.org');
});

test('sale: what was sold and what is owed is exported', async () => {
  sql("UPDATE products SET stock = 10, closes_at = NULL WHERE id = 101");
  const order = await sell('fay@example.org', 2, 'key-of-fay');
  assert.match(run_sql('buyers FROM sales')[0], /^"Friday, standing",1,2,2,1$/);
  await run('sold.csv');
  const lines = (name) => readFileSync(join(work, name), 'utf8').trim().split('\n').slice(1);
  assert.match(lines('sold.csv').join('\n'), new RegExp(`^${order},fay@example.org,2,payment-of-fay@example.org,[^,]*$`));
  assert.deepEqual(lines('refunds.csv').map((line) => line.split(',')[1]), ['alice@example.org', 'carol@example.org']);
});

test('sale: forgotten buyers are nowhere, and their keys buy nothing', async () => {
  sql("UPDATE orders SET created_at = now() - interval '91 days' WHERE buyer IN ('fay@example.org', 'carol@example.org')");
  const sums = one('SELECT "left", held, sold, cancelled, refunds_due, buyers FROM sales WHERE product_id = 101');
  assert.deepEqual(run_sql('forget_buyers'), ['2']);
  assert.equal(one("SELECT count(*) FROM orders WHERE orders::text ~ '(fay|carol)@' AND payment IS NULL"), '0');
  assert.equal(one("SELECT count(*) FROM orders WHERE buyer LIKE 'forgotten %'"), '2');
  assert.equal(one('SELECT "left", held, sold, cancelled, refunds_due, buyers FROM sales WHERE product_id = 101'), sums);
  assert.equal((await hold('fay@example.org', 2, 'key-of-fay')).status, 422);
  // Nor does the log know a buyer, nor the store.
  for (const [place, text] of [['log', readFileSync(CLOUD_LOG, 'utf8')], ['store', redis('KEYS', '*')]])
    assert.doesNotMatch(text, /@example\.org/, place);
});

test('sale: every block of the guide was run', () => assert.deepEqual(blocks, []));
