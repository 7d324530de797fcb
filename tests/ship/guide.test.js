// What deploy/README.md claims about commands: which ones the function sends,
// how many of them are billed, and that the user it describes may send these
// and nothing else; and that its steps create what is sold.  Against the front of a running local cloud, whose function
// is the shipped binary.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const { FUNCTION_URL, CONTROL_URL, REDIS_SOCKET, SQL_URL, NEON_CONNECTION_STRING } = process.env;
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const guide = read('deploy/README.md');
const readme = read('README.md');

// The rules that the guide gives to the user, and those for a store that has
// no DELEX, as the Redis behind the local cloud's door.
const rules = guide.match(/ACL SETUSER bouncer reset on >\S+ (.+)/)[1].split(' ');
const granted = (list) => list.filter((rule) => rule.startsWith('+')).map((rule) => rule.slice(1)).sort();
const fallback = guide.match(/`\+delex` replaced by `([^`]+)`/)[1].split(' ');
const local_rules = rules.filter((rule) => rule !== '+delex').concat(fallback);

const redis = (...args) =>
  execFileSync('redis-cli', ['-s', REDIS_SOCKET, ...args], { encoding: 'utf8' }).trim();
const as_admin = (...args) => redis('--user', 'admin', '--pass', 'admin', '--no-auth-warning', ...args);
const stats = async () => (await fetch(`${CONTROL_URL}/stats`)).json();
const control = (path, body) =>
  fetch(CONTROL_URL + path, { method: 'POST', body: body && JSON.stringify(body) });
// A new instance, warm, which remembers no refusal and no sign.
async function fresh() {
  await control('/recycle');
  await buy(3);
  await sleep(100);
}
// Whether the store lacks DELEX; a new instance learns it.
async function store_without_delex(value) {
  await control('/faults', { door: 'kv', fault: 'no_delex', value });
  await fresh();
}

let keys = 0;
const new_key = () => `guide-${keys++}`;
async function post(path, body, key) {
  const answer = await fetch(FUNCTION_URL + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}
const buy = (product_id, key) => post('/api/purchase', { product_id, buyer: 'guide' }, key);

const [purchase] = JSON.parse(read('function/operations.json')).operations;
// The locks of all permits of a product.
const locks = (product_id) => Array.from({ length: purchase.lock.permits },
  (_, permit) => `lock:product:${product_id}${permit ? `#${permit}` : ''}`);
const hold = (product_id, seconds) => {
  for (const lock of locks(product_id)) redis('SET', lock, 'somebody', 'EX', seconds);
};

// The commands that CALL costs, what is sent after its answer included.
async function cost(call, at_least) {
  const before_it = (await stats()).kv_commands;
  await call();
  for (let i = 0; i < 100; i++) {
    if ((await stats()).kv_commands - before_it >= at_least) break;
    await sleep(20);
  }
  await sleep(100); // whether more comes
  return (await stats()).kv_commands - before_it;
}

// One row of the guide's table of costs: "| a sale | 4 |" gives 4.
const promised = (row) => Number(guide.match(new RegExp(`^\\| ${row} \\|[^|]*?\\*\\*(\\d+)\\*\\*`, 'm'))[1]);

before(() => redis('ACL', 'SETUSER', 'admin', 'on', '>admin', '~*', '&*', '+@all'));

async function costs(row, status, call) {
  const commands = promised(row);
  assert.equal(await cost(async () => assert.equal(await call(), status, row), commands), commands, row);
}
const reserve = (username) => post('/api/username', { username, user: 'guide' });

test('costs: a refusal and a sale take as many commands as the guide says', async () => {
  await store_without_delex(0);
  await costs('a sale', 201, () => buy(2));
  await costs('a sale, with a key', 201, () => buy(2, new_key()));
  await costs('a reservation, not fenced', 201, () => reserve('guide'));

  hold(2, 30);
  redis('SET', 'lock:username:taken', 'somebody', 'EX', '30');
  await costs("an instance's first refusal", 409, () => buy(2));
  await costs('a refusal, or "sold out" by the sign', 409, () => buy(2));
  await costs('a refusal, or "sold out" by the sign', 409, () => buy(2, new_key()));
  await costs('a refusal, not fenced', 409, () => reserve('taken'));
  await fresh();
  await costs("an instance's first refusal, with a key", 409, () => buy(2, new_key()));
  redis('DEL', 'lock:username:taken', ...locks(2));
});

test('costs: "sold out" takes as many commands as the guide says', async () => {
  redis('SET', 'closed:product:2', 'sold_out', 'EX', '60');
  await fresh();
  await costs('an instance\'s first "sold out" by the sign', 410, () => buy(2));
  assert.ok(await cost(() => buy(2), 1) <= 1);
  await costs('a refusal, or "sold out" by the sign', 410, () => buy(2, new_key()));
  await fresh();
  await costs('an instance\'s first "sold out" by the sign, with a key', 410, () => buy(2, new_key()));
  redis('DEL', 'closed:product:2');
});

test('costs: a release by script is counted as the guide says', async () => {
  await store_without_delex(1);
  await costs('a sale, with a key, store without DELEX', 201, () => buy(2, new_key()));
});

test('costs: a check of the health takes as many commands as the guide says', async () => {
  const [, first, again] = guide.match(/\((\d+) commands; (\d+) within 3\s+seconds/);
  const check = async () => assert.equal((await fetch(`${FUNCTION_URL}/api/health`)).status, 200);
  await store_without_delex(0);
  assert.equal(await cost(check, Number(first)), Number(first));
  await sleep(1100); // it is remembered for a second
  assert.equal(await cost(check, Number(again)), Number(again));
  assert.equal(redis('EXISTS', 'fence:bouncer-health', 'key:bouncer-health:health'), '0');
});

test('the user of the guide may send what the function sends, and it sells', async () => {
  // The doors are the default user: it gets the rules of the guide.
  await store_without_delex(1);
  as_admin('ACL', 'SETUSER', 'default', 'resetkeys', '-@all', ...local_rules);
  const used = new Set();
  as_admin('ACL', 'LOG', 'RESET');
  const monitor = spawn('redis-cli', ['-s', REDIS_SOCKET, '--user', 'admin', '--pass', 'admin', '--no-auth-warning', 'MONITOR']);
  let seen = '';
  monitor.stdout.on('data', (data) => { seen += data; });
  for (let i = 0; i < 100 && !seen.startsWith('OK'); i++) await sleep(20);
  try {
    assert.equal(await buy(2, new_key()), 201);
    // A store that lost its counter is healed by the first request.  In lower
    // case, to be told from the function's.
    as_admin('del', 'fence:product:2');
    assert.equal(await buy(2, new_key()), 503);
    // The counter is raised and the lock given back after the answer.
    for (let i = 0; i < 100 && as_admin('exists', 'lock:product:2') !== '0'; i++) await sleep(20);
    assert.equal(await buy(2, new_key()), 201);
    for (const lock of locks(2)) as_admin('set', lock, 'somebody', 'EX', '30');
    for (let i = 0; i < 2; i++) assert.equal(await buy(2, new_key()), 409);
    as_admin('del', ...locks(2));
    assert.equal(await post('/api/username', { username: 'acl', user: 'guide' }), 201);
    // An invented product: its sign goes up, its counter is deleted.
    assert.equal(await buy(4711, new_key()), 404);
    await sleep(1100); // health is remembered for a second
    assert.equal((await fetch(`${FUNCTION_URL}/api/health`)).status, 200);
    await sleep(200);
  } finally {
    monitor.kill();
    as_admin('ACL', 'SETUSER', 'default', '~*', '&*', '+@all');
  }
  const log = as_admin('ACL', 'LOG');
  assert.equal(log, '', `refused: ${log}`);
  for (const [, origin, command] of seen.matchAll(/\[\d+ ([^\]]+)\] "([^"]+)"/g))
    if (origin === 'lua' || command === command.toUpperCase()) used.add(command.toLowerCase());
  const unused = granted(local_rules).filter((command) => !used.has(command));
  assert.deepEqual(unused, [], 'granted, but never sent');
});

test('the health shows that a user lacks the right to a kind of key', async () => {
  await store_without_delex(1);
  for (const lacking of ['~closed:*', '~key:*']) {
    as_admin('ACL', 'SETUSER', 'default', 'resetkeys', '-@all', ...local_rules.filter((rule) => rule !== lacking));
    try {
      await sleep(1100);
      const answer = await fetch(`${FUNCTION_URL}/api/health`);
      assert.equal(answer.status, 503, lacking);
      assert.equal((await answer.json()).kv, 'refused', lacking);
    } finally {
      as_admin('ACL', 'SETUSER', 'default', '~*', '&*', '+@all');
    }
  }
});

test('the user of the guide may do nothing else', () => {
  as_admin('ACL', 'SETUSER', 'bouncer', 'reset', 'on', '>secret', ...local_rules);
  const may = (...command) => as_admin('ACL', 'DRYRUN', 'bouncer', ...command);
  assert.equal(may('SET', 'lock:a', 'token', 'NX', 'EX', '10'), 'OK');
  assert.equal(may('INCR', 'fence:a'), 'OK');
  assert.equal(may('MGET', 'lock:a', 'closed:a', 'key:purchase:b'), 'OK');
  for (const command of [['FLUSHALL'], ['KEYS', '*'], ['CONFIG', 'GET', '*'], ['ACL', 'LIST'],
    ['GET', 'session:1'], ['SET', 'other', '1'], ['EXPIRE', 'lock:a', '1'], ['SCRIPT', 'FLUSH']])
    assert.notEqual(may(...command), 'OK', command.join(' '));
  as_admin('ACL', 'DELUSER', 'bouncer');
});

test('the INSERT of the guide creates a product that can be bought', async () => {
  const [query, id] = guide.match(/INSERT INTO products \(id, name, stock\) VALUES \((\d+), .*\);/);
  assert.equal(await buy(Number(id)), 404);
  const answer = await fetch(SQL_URL, {
    method: 'POST',
    headers: { 'neon-connection-string': NEON_CONNECTION_STRING },
    body: JSON.stringify({ query, params: [] }),
  });
  assert.equal(answer.status, 200, await answer.text());
  // The 404 has put up a sign.
  let status;
  for (let i = 0; i < 30 && (status = await buy(Number(id))) === 404; i++) await sleep(500);
  assert.equal(status, 201);
});

test('the lines of a hold and its payment print what the guide shows', () => {
  const [, lines, shown] = read('function/README.md').match(/^```sh\n\. build\/local\/env\n(held=.*?)^```\n\n^```\n(.*?)^```$/ms);
  const comparable = (text) => text.replace(/"order_id":\d+/g, '"order_id":N').replace(/"20\d\d-[^"]*Z"/g, 'T');
  assert.equal(comparable(execFileSync('sh', ['-euc', lines], { encoding: 'utf8' })), comparable(shown));
});

test("the loop of README is the page's; it comes back until it is served, and no longer", async () => {
  const [loop] = readme.match(/^async function buy\(.*?^}$/ms);
  assert.ok(loop.split('\n').length <= 10);
  assert.ok(read('deploy/vercel/static/page.js').includes(loop));
  let asked = 0;
  const run = new Function('fetch', `${loop}; return buy;`)((path, options) => {
    asked++;
    return fetch(FUNCTION_URL + path, options);
  });
  hold(2, 1);
  const { status, order_id } = await run({ product_id: 2, buyer: 'loop' });
  assert.equal(status, 201);
  assert.ok(order_id && asked > 1, `asked ${asked} times`);
  asked = 0;
  assert.equal((await run({ product_id: 4711, buyer: 'loop' })).status, 404);
  assert.equal(asked, 1);
});

test('no guide puts the products of the local cloud on sale', () => {
  for (const text of [guide, readme]) assert.doesNotMatch(text, /(-f|--file) \S*seed\.sql/);
});

test('README lists every setting of the function, and no other', () => {
  const [, list] = read('function/config_check.c').match(/settings\[\] = \{(.*?)\}/s);
  const known = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => `BOUNCER_${name}`);
  const listed = [...readme.matchAll(/^\| `(BOUNCER_\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), known.sort());
});
