// How the shipped binary finds the addresses of the stores where name servers
// fail.  Run in namespaces of its own: unshare -n -m node --test names.test.js
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const arch = { x64: 'x86_64', arm64: 'arm64' }[process.arch];
const bootstrap = fileURLToPath(new URL(`../../build/ship-${arch}/bootstrap`, import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'names-'));
const resolvConf = join(work, 'resolv.conf');
const A = 1;
const AAAA = 28;

before(() => {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  writeFileSync(resolvConf, '');
  execFileSync('mount', ['--bind', resolvConf, '/etc/resolv.conf']);
});
after(() => rmSync(work, { recursive: true }));

// ---- name servers (RFC 1035) ----

const silent = () => null;
const refused = () => ({ code: 5 });
const failing = () => ({ code: 2 });
const nothing = () => ({ code: 3 });
const good = ({ type }) => (type === A ? { data: [127, 0, 0, 1] } : {});
const onlyA = (question) => (question.type === A ? good(question) : null);
// Documentation's own network (RFC 3849): there is no way to it.
const withDeadEnd = (question) => (question.type === A ? good(question)
  : { data: [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] });
// The first question of each of the two stores is lost, if it is for A.
const losingA = ({ type, asked }) => (type === A && asked < 2 ? null : withDeadEnd({ type }));

function reply(query, { code = 0, data }) {
  const end = query.indexOf(0, 12) + 5;
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180 | code, 2);
  head.writeUInt16BE(data ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!data) return Buffer.concat([head, query.subarray(12, end)]);
  const record = Buffer.from([0xc0, 12, 0, data.length === 4 ? A : AAAA, 0, 1, 0, 0, 0, 30, 0, data.length]);
  return Buffer.concat([head, query.subarray(12, end), record, Buffer.from(data)]);
}

// Serve on ADDRESS; what was asked is in its `types`.
async function nameServer(address, answer) {
  const socket = dgram.createSocket('udp4');
  const types = [];
  socket.on('message', (query, from) => {
    const type = query.readUInt16BE(query.indexOf(0, 12) + 1);
    const asked = types.filter((one) => one === type).length;
    types.push(type);
    const said = answer({ type, asked });
    if (said) socket.send(reply(query, said), from.port, from.address);
  });
  socket.bind(53, address);
  await once(socket, 'listening');
  return { types, close: () => socket.close() };
}

// ---- an instance ----

// Start the function with SERVERS to ask. `connected`: how many connections the
// stores had when it was ready for its first event; then it gets EVENTS.
async function instance(servers, events = []) {
  const names = await Promise.all(servers.map((one, i) => nameServer(`127.0.0.${i + 1}`, one)));
  writeFileSync(resolvConf, servers.map((_, i) => `nameserver 127.0.0.${i + 1}\n`).join(''));
  let connections = 0;
  const store = net.createServer((socket) => { connections++; socket.on('error', () => {}); socket.destroy(); });
  store.listen(0, '127.0.0.1');
  await once(store, 'listening');
  const ready = deferred();
  const done = deferred();
  const api = http.createServer((request, response) => {
    request.resume();
    if (!request.url.endsWith('/next')) { response.writeHead(202).end(); return; }
    ready.resolve(connections);
    const event = events.shift();
    if (!event) { done.resolve(); return; }
    response.writeHead(200, { 'Lambda-Runtime-Aws-Request-Id': 'r', 'Lambda-Runtime-Deadline-Ms': Date.now() + 20000 });
    response.end(JSON.stringify(event));
  });
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  const child = spawn(bootstrap, {
    stdio: 'ignore',
    env: {
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${api.address().port}`,
      UPSTASH_REDIS_REST_URL: `https://store.test:${store.address().port}`,
      UPSTASH_REDIS_REST_TOKEN: 'AXyzTokenForTests123',
      DATABASE_URL: 'postgresql://shop:secret@ep-one.neon.test/shop',
      BOUNCER_SQL_URL: `https://database.test:${store.address().port}/sql`,
    },
  });
  child.on('exit', () => { ready.reject(new Error('the function ended')); });
  try {
    const connected = await ready.promise;
    const atFirst = names.map((one) => one.types.length);
    await done.promise;
    return { connected, atFirst, asked: names.map((one) => one.types.length) };
  } finally {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await once(child, 'exit');
    api.closeAllConnections();
    api.close();
    store.close();
    for (const one of names) one.close();
  }
}

function deferred() {
  const one = {};
  one.promise = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
  return one;
}

// ---- what must be found ----

const table = [
  ['where all answer', [good]],
  ['where AAAA is dropped', [onlyA]],
  ['where the first server is dead', [silent, good]],
  ['where two servers are dead and AAAA is dropped', [silent, silent, onlyA]],
  ['where the first server refuses', [refused, good]],
  ['where the first server fails', [failing, good]],
  ['where AAAA leads nowhere', [withDeadEnd]],
  ['where the first questions for A are lost and AAAA leads nowhere', [losingA]],
];
for (const [situation, servers] of table) {
  test(`the stores are found ${situation}`, async () => {
    // Connecting ahead gives up after 1.5 s; only then an instance is ready.
    const { connected } = await instance(servers);
    assert.ok(connected >= 2, `${connected} connections`);
  });
}

test('a server that was silent is not the first to be asked again', async () => {
  const health = { version: '2.0', rawPath: '/api/health', headers: {}, requestContext: { http: { method: 'GET', path: '/api/health' } }, isBase64Encoded: false };
  const { atFirst, asked } = await instance([silent, nothing], [health]);
  assert.equal(asked[0], atFirst[0]);
  assert.ok(asked[1] > atFirst[1]);
});
