// The deployment's folder in Vercel's own emulation of its runtime, with the
// stores of a running local cloud behind it, over TLS.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createFunction } from '@vercel/fun';

let fn;

before(async () => {
  fn = await createFunction({
    Code: { Directory: `${process.env.OUTPUT}/functions/api.func` },
    Handler: 'bootstrap',
    // @vercel/fun does not know provided.al2023; both are the Runtime API.
    Runtime: 'provided',
    Environment: {
      Variables: {
        UPSTASH_REDIS_REST_URL: process.env.UPSTASH_REDIS_REST_URL_TLS,
        UPSTASH_REDIS_REST_TOKEN: process.env.UPSTASH_REDIS_REST_TOKEN,
        DATABASE_URL: process.env.NEON_CONNECTION_STRING,
        BOUNCER_SQL_URL: process.env.SQL_URL_TLS,
        BOUNCER_CA_FILE: process.env.CA_FILE,
      },
    },
    MemorySize: 128,
  });
});
after(() => fn?.destroy());

async function call(method, path, body, headers = {}) {
  const event = { method, path, host: 'localhost', headers: { host: 'localhost', ...headers } };
  if (body) {
    event.headers['content-type'] = 'application/json';
    event.body = Buffer.from(JSON.stringify(body)).toString('base64');
    event.encoding = 'base64';
  }
  const answer = await fn({ Action: 'Invoke', body: JSON.stringify(event) });
  const text = Buffer.from(answer.body ?? '', answer.encoding ?? 'utf8').toString();
  return { status: answer.statusCode, headers: answer.headers, body: text && JSON.parse(text) };
}

const purchase = (key) =>
  call('POST', '/api/purchase', { product_id: 1, buyer: 'ada' }, { 'idempotency-key': key });

test('Vercel\'s runtime: the last ticket is sold once', async () => {
  const first = await purchase('fun-1');
  assert.equal(first.status, 201, JSON.stringify(first));
  assert.equal(first.body.product_id, 1);
  assert.equal((await purchase('fun-2')).status, 410);
  const again = await purchase('fun-1');
  assert.equal(again.status, 200);
  assert.equal(again.body.order_id, first.body.order_id);
});

test('Vercel\'s runtime: the query stays out of the path, unknown paths are ours', async () => {
  assert.equal((await call('GET', '/api/health?from=test')).status, 200);
  const unknown = await call('GET', '/api/nothing');
  assert.equal(unknown.status, 404);
  assert.match(JSON.stringify(unknown.headers), /problem\+json/);
});
