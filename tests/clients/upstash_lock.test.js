/* @upstash/lock against the KV door. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Lock } from '@upstash/lock';
import { Redis } from '@upstash/redis';

const redis = new Redis({
  url: process.env.UPSTASH_REDIS_REST_URL,
  token: process.env.UPSTASH_REDIS_REST_TOKEN,
});
const once = { attempts: 1, delay: 1 };

test('one of many acquires, and the next after its release', async () => {
  const id = `clients:${randomUUID()}`;
  const locks = Array.from({ length: 10 }, () =>
    new Lock({ id, redis, lease: 10000, retry: once }));
  const won = await Promise.all(locks.map((lock) => lock.acquire()));
  const holder = locks[won.indexOf(true)];

  assert.equal(won.filter(Boolean).length, 1);
  assert.equal(await holder.getStatus(), 'ACQUIRED');
  assert.equal(await holder.release(), true);
  assert.equal(await locks.find((lock) => lock !== holder).acquire(), true);
});

test('a lock that is somebody else\'s by now is not released', async () => {
  const id = `clients:${randomUUID()}`;
  const lock = new Lock({ id, redis, lease: 10000, retry: once });

  assert.equal(await lock.acquire(), true);
  await redis.set(id, 'somebody else');
  assert.equal(await lock.release(), false);
  assert.equal(await redis.get(id), 'somebody else');
});

test('a lease can be extended', async () => {
  const lock = new Lock({ id: `clients:${randomUUID()}`, redis, lease: 5000 });

  assert.equal(await lock.acquire(), true);
  assert.equal(await lock.extend(20000), true);
  assert.ok(await redis.ttl(lock.id) > 10);
  assert.equal(await lock.release(), true);
});
