// The sale as people write it for Node: a runtime loop on node:http, the lock
// of @upstash/lock, the database by fetch.
import http from 'node:http';

import { Lock } from '@upstash/lock';
import { Redis } from '@upstash/redis';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new http.Agent({ keepAlive: true });
const redis = new Redis({
  url: process.env.UPSTASH_REDIS_REST_URL,
  token: process.env.UPSTASH_REDIS_REST_TOKEN,
});

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

async function buy({ product_id: product, buyer }) {
  const query = 'SELECT purchase(product_id => $1, quantity => 1, '
    + 'buyer => $2, idempotency_key => $3, fence => $4) AS answer';
  const answer = await fetch(process.env.BOUNCER_SQL_URL, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Neon-Connection-String': process.env.DATABASE_URL,
    },
    body: JSON.stringify({
      query,
      params: [String(product), buyer, crypto.randomUUID(), String(Date.now())],
    }),
  });

  if (!answer.ok)
    throw new Error(`the database says ${answer.status}`);
  return (await answer.json()).rows[0].answer;
}

async function sell(event) {
  if (event.rawPath !== '/api/purchase')
    return { statusCode: event.rawPath === '/api/health' ? 200 : 404, body: '' };

  const wish = JSON.parse(event.body);
  const lock = new Lock({ id: `lock:product:${wish.product_id}`, redis, lease: 10000 });

  if (!await lock.acquire())
    return { statusCode: 409, body: '' };
  try {
    const answer = await buy(wish);

    return { statusCode: answer.outcome === 'sold' ? 201 : 410, body: JSON.stringify(answer) };
  } finally {
    await lock.release();
  }
}

for (;;) {
  const event = await ask('GET', '/next');
  const id = event.headers['lambda-runtime-aws-request-id'];

  try {
    const answer = await sell(JSON.parse(event.text));

    await ask('POST', `/${id}/response`, JSON.stringify(answer));
  } catch (error) {
    console.error(error);
    await ask('POST', `/${id}/error`, JSON.stringify({ errorMessage: String(error) }));
  }
}
