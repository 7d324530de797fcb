// The sale as people write it for Node: a runtime loop on node:http, the lock
// by @upstash/lock or (SALE_LOCK=transaction) by @upstash/redis alone, the
// database by @neondatabase/serverless. Connections are kept: node:http by its
// agent, the two clients by fetch.
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
  // Our answers are ASCII: no base64 in between. Nor is there a second command to
  // send along with one.
  responseEncoding: false,
  enableAutoPipelining: false,
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

function reply(statusCode, body) {
  return {
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

const busy = reply(409, { title: 'Somebody else is being served' });

// How the lock is taken. Each runs `run` as its holder and gives the answer, and
// what is still to be done once the client has it.
const guards = {
  // As the package's documentation writes it. One attempt: refuse at once, as a
  // bouncer does. It has no fence; the database wants one, which is a request of
  // its own.
  async package(name, fenced, run) {
    const lock = new Lock({
      id: `lock:${name}`, redis, lease: 10000, retry: { attempts: 1, delay: 0 },
    });

    if (!await lock.acquire())
      return { answer: busy };
    try {
      return { answer: await run(fenced ? await redis.incr(`fence:${name}`) : 0) };
    } finally {
      await lock.release();
    }
  },

  // What is gained by hand: lock and fence in one request, as ours takes them,
  // and released when the client has its answer.
  async transaction(name, fenced, run) {
    const key = `lock:${name}`;
    const token = crypto.randomUUID();
    const [, fence, owner] = await redis.multi()
      .set(key, token, { nx: true, ex: 10 })
      .incr(`fence:${name}`)
      .get(key)
      .exec();

    if (owner !== token)
      return { answer: busy };
    return {
      answer: await run(fence),
      after: () => redis.eval(release, [key], [token]),
    };
  },
};

// Redis's documentation of SET has this script.
const release = `if redis.call("get",KEYS[1]) == ARGV[1] then
  return redis.call("del",KEYS[1]) else return 0 end`;
const guarded = guards[process.env.SALE_LOCK ?? 'package'];

async function purchase({ product_id: product, buyer }, fence) {
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
    return { answer: reply(200, {}) };

  const wish = JSON.parse(event.body);

  switch (event.rawPath) {
    case '/api/purchase':
      return guarded(`product:${wish.product_id}`, true,
        (fence) => purchase(wish, fence));
    case '/api/username':
      return guarded(`username:${wish.username}`, false, () => reserve(wish));
    default:
      return { answer: reply(404, {}) };
  }
}

for (;;) {
  const event = await ask('GET', '/next');
  const start = process.hrtime.bigint();
  const id = event.headers['lambda-runtime-aws-request-id'];

  try {
    const { answer, after } = await serve(JSON.parse(event.text));
    const text = JSON.stringify(answer);
    const duration = Number(process.hrtime.bigint() - start) / 1000;

    await ask('POST', `/${id}/response`, text);
    await after?.();
    console.error(JSON.stringify({
      status: answer.statusCode, duration_us: Math.round(duration),
    }));
  } catch (error) {
    console.error(error);
    await ask('POST', `/${id}/error`, JSON.stringify({ errorMessage: String(error) }));
  }
}
