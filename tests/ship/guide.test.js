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
// Whether the store lacks DELEX; a new instance learns it.
async function store_without_delex(value) {
  await control('/faults', { door: 'kv', fault: 'no_delex', value });
  await control('/recycle');
  await buy(3);
  await sleep(100);
}

let keys = 0;
async function post(path, body) {
  const answer = await fetch(FUNCTION_URL + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `guide-${keys++}` },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}
const buy = (product_id) => post('/api/purchase', { product_id, buyer: 'guide' });

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

test('costs: a refusal and a sale take as many commands as the guide says', async () => {
  await store_without_delex(0);
  redis('SET', 'lock:product:2', 'somebody', 'EX', '30');
  redis('SET', 'lock:username:taken', 'somebody', 'EX', '30');
  const refusal = promised('a refusal, fenced');
  assert.equal(await cost(async () => assert.equal(await buy(2), 409), refusal), refusal);
  const bare = promised('a refusal, not fenced');
  const name = { username: 'taken', user: 'guide' };
  assert.equal(await cost(async () => assert.equal(await post('/api/username', name), 409), bare), bare);
  redis('DEL', 'lock:product:2', 'lock:username:taken');

  const sale = promised('a sale, fenced');
  assert.equal(await cost(async () => assert.equal(await buy(2), 201), sale), sale);
  const reserved = promised('a reservation, not fenced');
  const other = { username: 'guide', user: 'guide' };
  assert.equal(await cost(async () => assert.equal(await post('/api/username', other), 201), reserved), reserved);
});

test('costs: a release by script is counted as the guide says', async () => {
  await store_without_delex(1);
  const sale = promised('a sale, fenced, store without DELEX');
  assert.equal(await cost(async () => assert.equal(await buy(2), 201), sale), sale);
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
    // In lower case, to be told from the function's.
    as_admin('set', 'lock:product:2', 'somebody', 'EX', '30');
    assert.equal(await buy(2), 409);
    as_admin('del', 'lock:product:2');
    assert.equal(await buy(2), 201);
    assert.equal(await post('/api/username', { username: 'acl', user: 'guide' }), 201);
    // A store that lost its counter is healed by the first request.
    as_admin('del', 'fence:product:2');
    assert.equal(await buy(2), 503);
    // The counter is raised and the lock given back after the answer.
    for (let i = 0; i < 100 && as_admin('exists', 'lock:product:2') !== '0'; i++) await sleep(20);
    assert.equal(await buy(2), 201);
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

test('the user of the guide may do nothing else', () => {
  as_admin('ACL', 'SETUSER', 'bouncer', 'reset', 'on', '>secret', ...local_rules);
  const may = (...command) => as_admin('ACL', 'DRYRUN', 'bouncer', ...command);
  assert.equal(may('SET', 'lock:a', 'token', 'NX', 'EX', '10'), 'OK');
  assert.equal(may('INCR', 'fence:a'), 'OK');
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
  assert.equal(await buy(Number(id)), 201);
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
