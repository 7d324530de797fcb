// The sale as people write it for Node: a runtime loop on node:http, the lock
// of @upstash/lock, the database by @neondatabase/serverless. Connections are
// kept: node:http by its agent, the two clients by fetch.
import http from 'node:http';

import { neon, neonConfig } from '@neondatabase/serverless';
import { Lock } from '@upstash/lock';
import { Redis } from '@upstash/redis';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const redis = new Redis({
  url: process.env.UPSTASH_REDIS_REST_URL,
  token: process.env.UPSTASH_REDIS_REST_TOKEN,
  enableTelemetry: false,
  // Our answers are ASCII: no base64 in between.
  responseEncoding: false,
});

neonConfig.fetchEndpoint = () => process.env.BOUNCER_SQL_URL;
const sql = neon(process.env.DATABASE_URL);

function ask(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(api + path, { method, agent }, (response) => {
      let text = '';

      response.setEncoding('utf8');
      response.on('data', (part) => { text += part; });
      response.on('end', () => resolve({ headers: response.headers, text }));
    });

    request.on('error', reject);
    request.end(body);
  });
}

// Refuse at once, as a bouncer does: one attempt, and no wait behind it.
function lockFor(name) {
  return new Lock({
    id: `lock:${name}`, redis, lease: 10000, retry: { attempts: 1, delay: 0 },
  });
}

function reply(statusCode, body) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

async function guarded(name, run) {
  const lock = lockFor(name);

  if (!await lock.acquire())
    return reply(409, { title: 'Somebody else is being served' });
  try {
    return await run();
  } finally {
    await lock.release();
  }
}

async function purchase({ product_id: product, buyer }) {
  // The lock has no fence of its own; the database wants one.
  const fence = await redis.incr(`fence:product:${product}`);
  const [{ answer }] = await sql`
    SELECT purchase(product_id => ${product}, quantity => ${1}, buyer => ${buyer},
                    idempotency_key => ${crypto.randomUUID()},
                    fence => ${fence}) AS answer`;

  return reply(answer.outcome === 'sold' ? 201 : 410, answer);
}

async function reserve({ username, user }) {
  const [{ answer }] = await sql`
    SELECT reserve_username(username => ${username}, "user" => ${user}) AS answer`;

  return reply(answer.outcome === 'reserved' ? 201 : 409, answer);
}

async function serve(event) {
  if (event.rawPath === '/api/health')
    return reply(200, {});

  const wish = JSON.parse(event.body);

  switch (event.rawPath) {
    case '/api/purchase':
      return guarded(`product:${wish.product_id}`, () => purchase(wish));
    case '/api/username':
      return guarded(`username:${wish.username}`, () => reserve(wish));
    default:
      return reply(404, {});
  }
}

for (;;) {
  const event = await ask('GET', '/next');
  const start = process.hrtime.bigint();
  const id = event.headers['lambda-runtime-aws-request-id'];

  try {
    const answer = await serve(JSON.parse(event.text));
    const duration = Number(process.hrtime.bigint() - start) / 1000;

    await ask('POST', `/${id}/response`, JSON.stringify(answer));
    console.error(JSON.stringify({
      status: answer.statusCode, duration_us: Math.round(duration),
    }));
  } catch (error) {
    console.error(error);
    await ask('POST', `/${id}/error`, JSON.stringify({ errorMessage: String(error) }));
  }
}
