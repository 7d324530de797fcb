/* @supabase/postgrest-js against the SQL door. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { neon, neonConfig } from '@neondatabase/serverless';
import { PostgrestClient } from '@supabase/postgrest-js';

const key = process.env.SERVICE_KEY;
const headersWith = (secret) =>
  ({ apikey: secret, Authorization: `Bearer ${secret}` });
const client = new PostgrestClient(process.env.REST_URL,
  { headers: headersWith(key) });

/* Functions of every kind, in names of this run alone. */
neonConfig.fetchEndpoint = () => process.env.SQL_URL;
const sql = neon(process.env.NEON_CONNECTION_STRING);
const run = randomUUID().slice(0, 8);
const name = (short) => `clients_${short}_${run}`;
const functions = {
  add: '(a int, b int DEFAULT 5) RETURNS int LANGUAGE sql STABLE ' +
    'AS $$ SELECT a + b $$',
  rows: '(n int) RETURNS TABLE (i int, t text) LANGUAGE sql STABLE ' +
    "AS $$ SELECT i, 'x' || i FROM generate_series(1, n) i $$",
  nothing: '() RETURNS void LANGUAGE sql AS $$ SELECT $$',
  list: '(v int[]) RETURNS int LANGUAGE sql AS $$ SELECT cardinality(v) $$',
  conflict: "() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'PT409' " +
    "USING MESSAGE = 'taken', DETAIL = 'why', HINT = 'wait'; END $$",
  fail: "() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
};

test('function calls', async (t) => {
  for (const [short, body] of Object.entries(functions))
    await sql.query(`CREATE FUNCTION ${name(short)}${body}`);
  t.after(async () => {
    for (const short of Object.keys(functions))
      await sql.query(`DROP FUNCTION ${name(short)}`);
  });

  await t.test('a scalar comes bare, defaults are filled in', async () => {
    const { data, error, status } = await client.rpc(name('add'), { a: 1 });

    assert.equal(error, null);
    assert.equal(data, 6);
    assert.equal(status, 200);
  });

  await t.test('a function can be read with GET', async () => {
    const { data } = await client.rpc(name('add'), { a: 1, b: 2 }, { get: true });

    assert.equal(data, 3);
  });

  await t.test('a set is an array, one of it an object', async () => {
    const { data } = await client.rpc(name('rows'), { n: 2 });
    const { data: one } = await client.rpc(name('rows'), { n: 1 }).single();

    assert.deepEqual(data, [{ i: 1, t: 'x1' }, { i: 2, t: 'x2' }]);
    assert.deepEqual(one, { i: 1, t: 'x1' });
  });

  await t.test('two rows are no single one', async () => {
    const { error, status } = await client.rpc(name('rows'), { n: 2 }).single();

    assert.equal(status, 406);
    assert.equal(error.code, 'PGRST116');
  });

  await t.test('void is 204, an array an array', async () => {
    const { status, data } = await client.rpc(name('nothing'));
    const { data: count } = await client.rpc(name('list'), { v: [1, 2, 3] });

    assert.equal(status, 204);
    assert.equal(data, null);
    assert.equal(count, 3);
  });

  await t.test('functions choose their status', async () => {
    const { error, status } = await client.rpc(name('conflict'));

    assert.equal(status, 409);
    assert.equal(error.code, 'PT409');
    assert.equal(error.message, 'taken');
    assert.equal(error.details, 'why');
    assert.equal(error.hint, 'wait');
  });

  await t.test('a plain RAISE is a 400', async () => {
    const { error, status } = await client.rpc(name('fail'));

    assert.equal(status, 400);
    assert.equal(error.code, 'P0001');
  });

  await t.test('a wrong argument is named', async () => {
    const { error, status } = await client.rpc(name('add'), { a: 'x' });

    assert.equal(status, 400);
    assert.equal(error.code, '22P02');
  });

  await t.test('an unknown argument makes an unknown function', async () => {
    const { error, status } = await client.rpc(name('add'), { a: 1, z: 1 });

    assert.equal(status, 404);
    assert.equal(error.code, 'PGRST202');
  });
});

test('the shipped functions can be called', async () => {
  const { data, error } = await client.rpc('bouncer_health');

  assert.equal(error, null);
  assert.ok(data.outcome);
});

test('nobody gets in without the key', async () => {
  const stranger = new PostgrestClient(process.env.REST_URL,
    { headers: headersWith('wrong') });
  const { error, status } = await stranger.rpc('bouncer_health');

  assert.equal(status, 401);
  assert.ok(error.message);
});
