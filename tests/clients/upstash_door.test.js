/*
 * What only Upstash has, and what one client must not do to another: the real
 * client against the KV door, and bare requests where it hides too much.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Redis } from '@upstash/redis';

const url = process.env.UPSTASH_REDIS_REST_URL;
const token = process.env.UPSTASH_REDIS_REST_TOKEN;
const redis = new Redis({ url, token, enableTelemetry: false, automaticDeserialization: false });
const key = () => `clients:${randomUUID()}`;

async function ask(path, body, headers = {}) {
  const answer = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

/* ---- DELEX and SET IFEQ ---- */

// The value that is there, the command behind its key, what comes of it, and
// what is there then.
const conditions = [
  ['held', ['DELEX'], 1, null],
  [null, ['DELEX'], 0, null],
  ['held', ['DELEX', 'IFEQ', 'held'], 1, null],
  ['held', ['delex', 'ifeq', 'other'], 0, 'held'],
  [null, ['DELEX', 'IFEQ', 'held'], 0, null],
  ['held', ['DELEX', 'IFNE', 'other'], 1, null],
  ['held', ['DELEX', 'IFNE', 'held'], 0, 'held'],
  [null, ['DELEX', 'IFNE', 'held'], 0, null],
  ['held', ['SET', 'new', 'IFEQ', 'held'], 'OK', 'new'],
  ['held', ['SET', 'new', 'IFEQ', 'other'], null, 'held'],
  [null, ['SET', 'new', 'IFEQ', 'held'], null, null],
  ['held', ['SET', 'new', 'IFNE', 'other'], 'OK', 'new'],
  ['held', ['SET', 'new', 'IFNE', 'held'], null, 'held'],
  [null, ['SET', 'new', 'IFNE', 'held'], 'OK', 'new'],
  ['held', ['SET', 'new', 'IFEQ', 'held', 'GET'], 'held', 'new'],
  ['held', ['SET', 'new', 'GET', 'IFEQ', 'other'], null, 'held'],
  [null, ['SET', 'new', 'IFNE', 'held', 'GET'], null, 'new'],
  ['held', ['set', 'new', 'ex', 100, 'ifeq', 'held'], 'OK', 'new'],
];
const command_of = ([name, ...rest], at) => [name, at, ...rest];

for (const [how, run] of Object.entries({
  alone: async (command) => (await ask('/', command)).body,
  'in a pipeline': async (command) => (await ask('/pipeline', [command])).body[0],
  'in a transaction': async (command) => (await ask('/multi-exec', [command])).body[0],
})) {
  test(`DELEX and SET compare first, ${how}`, async () => {
    for (const [before, command, result, after] of conditions) {
      const at = key();

      if (before !== null) await redis.set(at, before);
      assert.deepEqual(await run(command_of(command, at)), { result }, command.join(' '));
      assert.equal(await redis.get(at), after, command.join(' '));
    }
  });
}

test('a condition on what is no string is an error, and nothing is done', async () => {
  const at = key();

  await redis.lpush(at, 'element');
  for (const command of [['DELEX', at, 'IFEQ', 'x'], ['DELEX', at, 'IFNE', 'x'],
    ['SET', at, 'new', 'IFEQ', 'x'], ['SET', at, 'new', 'IFNE', 'x']]) {
    const { status, body } = await ask('/', command);

    assert.equal(status, 400);
    assert.match(body.error, /^WRONGTYPE /);
  }
  assert.equal(await redis.llen(at), 1);
});

test('mistakes in a condition are errors', async () => {
  const at = key();

  for (const [command, error] of [
    [['DELEX'], /^ERR wrong number of arguments for 'delex' command$/],
    [['DELEX', at, 'IFEQ'], /^ERR syntax error$/],
    [['DELEX', at, 'WHEN', 'x'], /^ERR syntax error$/],
    [['SET', at, 'v', 'NX', 'IFEQ', 'x'], /^ERR syntax error$/],
    [['SET', at, 'v', 'IFNE', 'x', 'EX', 'soon'], /^ERR value is not an integer/],
    [['SET', at, 'v', 'IFNE', 'x', 'EX', '0'], /^ERR invalid expire time/],
    [['DELEX', at, 'IFDEQ', '0123456789abcdef'], /^ERR IFDEQ and IFDNE are not available/],
  ]) {
    const { status, body } = await ask('/', command);

    assert.equal(status, 400, command.join(' '));
    assert.match(body.error, error);
  }
  assert.equal(await redis.exists(at), 0);
});

test('SET IFEQ keeps a time to live where it is told to, and drops it else', async () => {
  const at = key();

  await redis.set(at, 'a', { ex: 100 });
  await ask('/', ['SET', at, 'b', 'IFEQ', 'a', 'KEEPTTL']);
  assert.ok(await redis.ttl(at) > 90);
  await ask('/', ['SET', at, 'c', 'IFEQ', 'b']);
  assert.equal(await redis.ttl(at), -1);
  await ask('/', ['SET', at, 'd', 'IFEQ', 'c', 'PX', '50000']);
  assert.ok(await redis.ttl(at) > 40);
});

test('of many that swap one value, one does', async () => {
  const at = key();

  await redis.set(at, 'free');
  const swaps = await Promise.all(Array.from({ length: 20 }, (_, i) =>
    ask('/', ['SET', at, `holder ${i}`, 'IFEQ', 'free'])));
  assert.equal(swaps.filter(({ body }) => body.result === 'OK').length, 1);
  const frees = await Promise.all(Array.from({ length: 20 }, async (_, i) =>
    ask('/', ['DELEX', at, 'IFEQ', `holder ${i}`])));
  assert.equal(frees.filter(({ body }) => body.result === 1).length, 1);
});

/* ---- bytes ---- */

test('a NUL is a character like any other', async () => {
  const plain = new Redis({ url, token, responseEncoding: false, automaticDeserialization: false });
  const values = ['\0', 'a\0b', '\x01\0\x010', '\\u0000', 'ü\0☃', '\0\0'];

  for (const value of values) {
    const at = `${key()}\0${value}`;

    for (const client of [redis, plain]) {
      await client.set(at, value);
      assert.equal(await client.get(at), value, JSON.stringify(value));
    }
    assert.deepEqual(await plain.keys(at.replaceAll('\\', '\\\\')), [at]);
  }
  assert.equal((await ask('/', ['STRLEN', 'a\0b'])).status, 200);
});

test('keys and values may be any bytes, and come back in base64', async () => {
  const at = `${key()}%00%ff`;
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

  const set = await fetch(`${url}/set/${at}`, {
    method: 'POST', body: bytes, headers: { authorization: `Bearer ${token}` } });
  assert.deepEqual(await set.json(), { result: 'OK' });
  const got = await ask(`/get/${at}`, undefined, { 'upstash-encoding': 'base64' });
  assert.deepEqual(Buffer.from(got.body.result, 'base64'), bytes);
});

/* ---- one client and the others ---- */

const forbidden = [
  ['SCRIPT', 'DEBUG', 'YES'], ['SCRIPT', 'DEBUG', 'SYNC'], ['DEBUG', 'SLEEP', '5'],
  ['CONFIG', 'SET', 'maxclients', '1'], ['ACL', 'LOAD'], ['SHUTDOWN'], ['MONITOR'],
  ['PMONITOR'], ['MONITOR\r\nx'], ['SUBSCRIBE', 'c'], ['PSUBSCRIBE', 'c'], ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['CLIENT', 'REPLY', 'OFF'], ['CLIENT', 'PAUSE', '5000'], ['SELECT', '1'], ['AUTH', 'x'],
  ['HELLO', '3'], ['RESET'], ['QUIT'], ['POST'], ['WATCH', 'k'], ['MULTI'], ['EXEC'],
  ['BLPOP', 'nothing', '0'], ['WAIT', '1', '0'], ['SWAPDB', '0', '1'],
  ['XREAD', 'BLOCK', '0', 'STREAMS', 's', '$'],
  ['XREADGROUP', 'GROUP', 'STREAMS', 'me', 'BLOCK', '0', 'STREAMS', 's', '>'],
];

test('what would touch the others is refused by name', async () => {
  for (const command of forbidden) {
    const alone = await ask('/', command);
    const refusal = /^ERR Command is not available: '.+'\. See https:\/\/upstash\.com\//;

    assert.equal(alone.status, 400, command.join(' '));
    assert.match(alone.body.error, refusal);
    const [first, second] = (await ask('/pipeline', [command, ['PING']])).body;
    assert.match(first.error, refusal);
    assert.deepEqual(second, { result: 'PONG' });
    const at = key();
    const discarded = await ask('/multi-exec', [['SET', at, '1'], command]);
    assert.equal(discarded.status, 400);
    assert.match(discarded.body.error, refusal);
    assert.equal(await redis.exists(at), 0);
  }
});

test('the user that all clients are cannot be modified, another one can', async () => {
  const name = `user-${randomUUID()}`;

  assert.equal((await ask('/', ['ACL', 'SETUSER', 'default', 'off'])).status, 400);
  assert.equal((await ask('/', ['ACL', 'SETUSER', name, 'on', '+get'])).body.result, 'OK');
  assert.equal((await ask('/', ['ACL', 'GETUSER', name])).status, 200);
  assert.equal((await ask('/', ['ACL', 'DELUSER', name])).body.result, 1);
});

test('a script that does not end is ended, and nobody waits for long', async () => {
  for (const endless of [['EVAL', 'while true do end', '0'],
    ['EVAL', "while true do redis.pcall('GET', 'x') end", '0']]) {
    const start = Date.now();
    const [script, ping] = await Promise.all([ask('/', endless), ask('/', ['PING'])]);

    assert.equal(script.status, 400);
    assert.match(script.body.error, /Script killed/);
    // One of several doors may hear that redis is busy.
    assert.ok(ping.status === 200 || /^BUSY/.test(ping.body.error));
    assert.ok(Date.now() - start < 10000);
  }
  assert.equal(await redis.ping(), 'PONG');
});

/* ---- errors, and streams ---- */

test('errors have the status that is documented', async () => {
  const at = key();

  await redis.set(at, 'text');
  for (const [path, body, headers, status, error] of [
    ['/', ['LPUSH', at, '1'], {}, 400, /^WRONGTYPE/],
    ['/', ['NOSUCH'], {}, 400, /^ERR unknown command/],
    ['/', [], {}, 400, /^ERR empty command/],
    ['/', '{', {}, 400, /^ERR failed to parse/],
    ['/', undefined, {}, 400, /^ERR empty command/],
    ['/get', undefined, {}, 400, /^ERR wrong number of arguments/],
    ['/pipeline', [], {}, 400, /^ERR failed to parse/],
    ['/multi-exec', {}, {}, 400, /^ERR failed to parse/],
    ['/', ['PING'], { authorization: 'Bearer wrong' }, 401, /^WRONGPASS/],
    ['/', ['PING'], { authorization: '' }, 401, /^WRONGPASS/],
    ['/', ['PING'], { 'upstash-response-format': 'resp3' }, 400, /^ERR the response format/],
    ['/subscribe', '[]', {}, 400, /^ERR wrong number of arguments/],
    ['/monitor/x', '[]', {}, 400, /^ERR wrong number of arguments/],
    ['/subscribe/c', '[]', { authorization: 'Bearer wrong' }, 401, /^WRONGPASS/],
  ]) {
    const answer = await ask(path, body, headers);

    assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}`);
    assert.match(answer.body.error, error);
  }
  const wrong_method = await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  assert.equal(wrong_method.status, 405);
});

// The first COUNT events of a stream.
async function events(path, count, body) {
  const leave = new AbortController();
  const answer = await fetch(url + path, {
    method: 'POST', body, signal: leave.signal,
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } });
  const heard = [];
  let text = '';

  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  for await (const piece of answer.body) {
    text += Buffer.from(piece).toString();
    heard.splice(0, Infinity, ...text.split('\n\n').slice(0, -1));
    if (heard.length >= count) break;
  }
  leave.abort();
  return heard.slice(0, count);
}

test('a stream has the channels of its path, whatever the body says', async () => {
  assert.deepEqual(await events('/subscribe/c', 1, '[]'), ['data: subscribe,c,1']);
  assert.deepEqual(await events('/subscribe/c/d', 2, '[]'),
    ['data: subscribe,c,1', 'data: subscribe,d,2']);
  assert.deepEqual(await events('/psubscribe/c*', 1), ['data: psubscribe,c*,1']);
  assert.deepEqual(await events('/monitor', 1, '[]'), ['data: "OK"']);
});

test('patterns and many channels are heard by the client as it asks', async () => {
  const prefix = key();
  const patterns = redis.psubscribe(`${prefix}:*`);
  const channels = redis.subscribe([`${prefix}:a`, `${prefix}:b`]);
  const counts = [];
  const heard = [];

  await new Promise((resolve) => {
    const count = (n) => { counts.push(n); if (counts.length === 3) resolve(); };
    patterns.on('psubscribe', count);
    channels.on('subscribe', count);
  });
  assert.deepEqual(counts, [1, 1, 1]);
  const all = new Promise((resolve) => {
    const hear = (kind) => (event) => {
      heard.push([kind, event.channel, event.message]);
      if (heard.length === 4) resolve();
    };
    patterns.on('pmessage', hear('pmessage'));
    channels.on('message', hear('message'));
  });
  await redis.publish(`${prefix}:a`, 'one');
  await redis.publish(`${prefix}:b`, 'two, with a comma');
  await all;
  assert.deepEqual(heard.sort(), [
    ['message', `${prefix}:a`, 'one'], ['message', `${prefix}:b`, 'two, with a comma'],
    ['pmessage', `${prefix}:a`, 'one'], ['pmessage', `${prefix}:b`, 'two, with a comma']]);
  await patterns.unsubscribe();
  await channels.unsubscribe();
});
