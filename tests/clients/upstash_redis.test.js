/* @upstash/redis against the KV door. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Redis } from '@upstash/redis';

const url = process.env.UPSTASH_REDIS_REST_URL;
const token = process.env.UPSTASH_REDIS_REST_TOKEN;
const redis = new Redis({ url, token, enableTelemetry: false });
const key = () => `clients:${randomUUID()}`;

test('a value comes back as it went, whatever it is', async () => {
  const values = ['plain', 'Grüße ☃ 🎟', 'a "quoted"\nline\\', '', 7, 1.5, true,
    { nested: [1, 'two', null] }];

  for (const value of values) {
    const name = key();

    assert.equal(await redis.set(name, value), 'OK');
    assert.deepEqual(await redis.get(name), value);
  }
});

test('what is not there is null', async () => {
  assert.equal(await redis.get(key()), null);
  assert.deepEqual(await redis.mget(key(), key()), [null, null]);
});

test('SET NX is won once', async () => {
  const name = key();
  const tries = Array.from({ length: 20 }, (_, i) =>
    redis.set(name, `holder ${i}`, { nx: true, ex: 10 }));
  const won = (await Promise.all(tries)).filter((answer) => answer === 'OK');

  assert.equal(won.length, 1);
  assert.ok(await redis.ttl(name) > 0);
});

test('replies may be nested', async () => {
  const name = key();

  await redis.hset(name, { a: 1, b: 'two' });
  assert.deepEqual(await redis.hgetall(name), { a: 1, b: 'two' });
  const nested = await redis.eval('return {1, {"two", {3}}, "four"}', [], []);
  assert.deepEqual(nested, [1, ['two', [3]], 'four']);
});

test('without base64 it is the same', async () => {
  const plain = new Redis({ url, token, responseEncoding: false });
  const name = key();

  await plain.set(name, 'Grüße');
  assert.equal(await plain.get(name), 'Grüße');
});

test('a pipeline answers in order, failures among the rest', async () => {
  const name = key();
  const pipeline = redis.pipeline();

  pipeline.set(name, 'text').incr(name).get(name);
  const results = await pipeline.exec({ keepErrors: true });
  assert.equal(results[0].result, 'OK');
  assert.match(results[1].error, /not an integer/);
  assert.equal(results[2].result, 'text');
});

test('a long pipeline', async () => {
  const name = key();
  const pipeline = redis.pipeline();

  for (let i = 0; i < 1000; i++)
    pipeline.incr(name);
  assert.deepEqual(await pipeline.exec(),
    Array.from({ length: 1000 }, (_, i) => i + 1));
});

test('a transaction is one: nobody comes in between', async () => {
  const name = key();
  const run = async () => {
    const transaction = redis.multi();

    transaction.incr(name).incr(name).get(name);
    const [first, second, read] = await transaction.exec();
    assert.equal(second, first + 1);
    assert.equal(read, second);
  };

  await Promise.all(Array.from({ length: 50 }, run));
  assert.equal(await redis.get(name), 100);
});

test('a transaction with a mistake is discarded as a whole', async () => {
  const name = key();
  const transaction = redis.multi();

  transaction.set(name, 'value').hset(name, {});
  await assert.rejects(transaction.exec(), /EXECABORT|discarded/);
  assert.equal(await redis.get(name), null);
});

test('commands of one turn are pipelined by themselves', async () => {
  const automatic = new Redis({ url, token, enableAutoPipelining: true });
  const name = key();
  const [, one, two] = await Promise.all([
    automatic.set(name, 1), automatic.incr(name), automatic.incr(name)]);

  assert.deepEqual([one, two], [2, 3]);
  assert.equal(automatic.pipelineCounter, 1);
});

test('scripts run, by text and by digest', async () => {
  const name = key();
  const script = redis.createScript('return redis.call("INCRBY", KEYS[1], ARGV[1])');

  assert.equal(await script.exec([name], ['5']), 5);
  assert.equal(await script.exec([name], ['5']), 10);
});

test('errors of redis and of the door are UpstashErrors', async () => {
  const name = key();

  await redis.set(name, 'text');
  await assert.rejects(redis.lpush(name, 1),
    { name: 'UpstashError', message: /WRONGTYPE/ });
  const stranger = new Redis({ url, token: 'wrong', retry: false });
  await assert.rejects(stranger.get(name), /WRONGPASS/);
});

test('messages are delivered to subscribers', async () => {
  const channel = key();
  const subscription = redis.subscribe(channel);
  const heard = new Promise((resolve) =>
    subscription.on('message', (event) => resolve(event.message)));

  await new Promise((resolve) => subscription.on('subscribe', resolve));
  assert.equal(await redis.publish(channel, { hello: 'you' }), 1);
  assert.deepEqual(await heard, { hello: 'you' });
  await subscription.unsubscribe();
});
