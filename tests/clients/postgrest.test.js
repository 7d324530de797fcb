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
  column: '(n int) RETURNS TABLE (i int) LANGUAGE sql STABLE ' +
    'AS $$ SELECT generate_series(1, n) $$',
  one_out: '(OUT x int) LANGUAGE sql AS $$ SELECT 5 $$',
  in_out: '(a int, OUT x int, INOUT y text) LANGUAGE sql ' +
    "AS $$ SELECT a + 1, y || '!' $$",
  numbers: '() RETURNS SETOF int LANGUAGE sql AS $$ VALUES (1), (2) $$',
  composite: `() RETURNS ${name('row')} LANGUAGE sql AS $$ SELECT 1, 'a' $$`,
  null_number: '() RETURNS int LANGUAGE sql AS $$ SELECT NULL::int $$',
  whole: '(json) RETURNS json LANGUAGE sql AS $$ SELECT $1 $$',
  shout: '(v text) RETURNS void LANGUAGE plpgsql STABLE ' +
    "AS $$ BEGIN RAISE '%', v; END $$",
  write: '() RETURNS int LANGUAGE plpgsql ' +
    'AS $$ BEGIN CREATE TEMP TABLE x (i int); RETURN 1; END $$',
  states: '(code text) RETURNS int LANGUAGE plpgsql ' +
    "AS $$ BEGIN RAISE 'as asked' USING ERRCODE = code; END $$",
  nothing: '() RETURNS void LANGUAGE sql AS $$ SELECT $$',
  list: '(v int[]) RETURNS int LANGUAGE sql AS $$ SELECT cardinality(v) $$',
  conflict: "() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'PT409' " +
    "USING MESSAGE = 'taken', DETAIL = 'why', HINT = 'wait'; END $$",
  fail: "() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
};

/* A call without the client: what it asks for may be what no client does. */
const call = (short, query, headers, args) =>
  fetch(`${process.env.REST_URL}/rpc/${name(short)}${query}`, {
    method: args ? 'POST' : 'GET',
    headers: { ...headersWith(key), ...headers },
    body: args && JSON.stringify(args),
  });

test('function calls', async (t) => {
  await sql.query(`CREATE TYPE ${name('row')} AS (i int, t text)`);
  for (const [short, body] of Object.entries(functions))
    await sql.query(`CREATE FUNCTION ${name(short)}${body}`);
  t.after(async () => {
    for (const short of Object.keys(functions))
      await sql.query(`DROP FUNCTION ${name(short)}`);
    await sql.query(`DROP TYPE ${name('row')}`);
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

  await t.test('columns make objects, even one column', async () => {
    const { data: column } = await client.rpc(name('column'), { n: 2 });
    const { data: out } = await client.rpc(name('one_out'));
    const { data: both } = await client.rpc(name('in_out'), { a: 1, y: 'b' });
    const { data: composite } = await client.rpc(name('composite'));

    assert.deepEqual(column, [{ i: 1 }, { i: 2 }]);
    assert.deepEqual(out, { x: 5 });
    assert.deepEqual(both, { x: 2, y: 'b!' });
    assert.deepEqual(composite, { i: 1, t: 'a' });
  });

  await t.test('scalars come bare, in sets too', async () => {
    const { data: numbers } = await client.rpc(name('numbers'));
    const { data: none, status } = await client.rpc(name('null_number'));

    assert.deepEqual(numbers, [1, 2]);
    assert.equal(none, null);
    assert.equal(status, 200);
  });

  await t.test('one unnamed argument takes the whole body', async () => {
    const { data: object } = await client.rpc(name('whole'), { a: [1] });
    const { data: array } = await client.rpc(name('whole'), [1, { a: 2 }]);

    assert.deepEqual(object, { a: [1] });
    assert.deepEqual(array, [1, { a: 2 }]);
  });

  await t.test('rows are chosen, ordered, cut and counted', async () => {
    const { data, count, status } = await client
      .rpc(name('rows'), { n: 5 }, { count: 'exact' })
      .select('t').gt('i', 1).order('i', { ascending: false }).range(1, 2);

    assert.deepEqual(data, [{ t: 'x4' }, { t: 'x3' }]);
    assert.equal(count, 4);
    assert.equal(status, 206);
  });

  await t.test('a filter of a GET stands beside its arguments', async () => {
    const { data } = await client
      .rpc(name('rows'), { n: 3 }, { get: true }).eq('i', 2);

    assert.deepEqual(data, [{ i: 2, t: 'x2' }]);
  });

  await t.test('what is not served is refused by name', async () => {
    const cases = [
      ['?t=like.x*', {}, 400, 'PGRST127', 'like'],
      ['?select=i,other(id)', {}, 400, 'PGRST127', 'other(id)'],
      ['?i=5', {}, 400, 'PGRST100', '5'],
      ['?limit=-1', {}, 416, 'PGRST103', 'Limit'],
      ['', { Accept: 'text/csv' }, 406, 'PGRST107', 'text/csv'],
      ['', { Prefer: 'params=single-object' }, 400, 'PGRST127', 'params='],
      ['', { Range: '0-0' }, 400, 'PGRST127', 'Range'],
      ['', { 'Content-Type': 'text/plain' }, 400, 'PGRST102', 'Content-Type'],
      ['', { 'Content-Profile': 'pg_catalog' }, 406, 'PGRST106', 'pg_catalog'],
      ['', { 'Accept-Profile': 'private' }, 406, 'PGRST106', 'private'],
    ];

    for (const [query, headers, status, code, names] of cases) {
      const answer = await call('rows', query, headers, { n: 2 });
      const error = await answer.json();

      assert.equal(answer.status, status, names);
      assert.equal(error.code, code, names);
      assert.ok(`${error.message} ${error.details}`.includes(names), names);
    }
  });

  await t.test('a column that is not there is PostgreSQL\'s error', async () => {
    const { error, status } = await client
      .rpc(name('rows'), { n: 1 }).eq('nope', 1);

    assert.equal(status, 400);
    assert.equal(error.code, '42703');
  });

  await t.test('a void function is called, whatever its volatility', async () => {
    const { error, status } = await client.rpc(name('shout'), { v: 'loud' });

    assert.equal(status, 400);
    assert.equal(error.message, 'loud');
  });

  await t.test('a GET cannot write', async () => {
    const { error, status } = await client.rpc(name('write'), {}, { get: true });

    assert.equal(status, 405);
    assert.equal(error.code, '25006');
  });

  await t.test('SQLSTATEs have the status that PostgREST gives them', async () => {
    const statuses = {
      23503: 409, 23505: 409, 23502: 400, 25006: 405, '22P02': 400, 40001: 500,
      '40P01': 500, 42501: 403, '42P01': 404, 53300: 503, 53400: 500,
      '55P03': 500, 57014: 500, '08006': 503, P0001: 400, P0002: 500,
      PT402: 402, PGRST: 400,
    };

    for (const [state, expected] of Object.entries(statuses)) {
      const { error, status } = await client.rpc(name('states'), { code: state });

      assert.equal(status, expected, state);
      assert.equal(error.code, state === 'PGRST' ? 'PGRST127' : state);
    }
  });

  await t.test('calls have the rights that were granted, and pass RLS', async () => {
    const table = name('table');

    await sql.query(`CREATE TABLE ${table} AS SELECT 1 AS i`);
    await sql.query(`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`);
    await sql.query(`CREATE FUNCTION ${name('read')}() RETURNS SETOF int ` +
      `LANGUAGE sql AS $$ SELECT i FROM ${table} $$`);
    const before = await client.rpc(name('read'));
    await sql.query(`GRANT SELECT ON ${table} TO service_role`);
    const after = await client.rpc(name('read'));
    await sql.query(`DROP FUNCTION ${name('read')}`);
    await sql.query(`DROP TABLE ${table}`);

    assert.equal(before.status, 403);
    assert.equal(before.error.code, '42501');
    assert.deepEqual(after.data, [1]);
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

test('a table says that it is not here', async () => {
  const { error, status } = await client.from('products').select();

  assert.equal(status, 400);
  assert.equal(error.code, 'PGRST127');
  assert.match(error.details, /tables/);
});

/* As in a hosted project: a key that is no JSON Web Token may stand alone. */
test('the key is wanted in apikey, and in Authorization only the same', async () => {
  const isToken = key.split('.').length === 3;
  const cases = [
    isToken ? [{ apikey: key }, 401, 'Anonymous access is disabled']
      : [{ apikey: key }, 200],
    [headersWith(key), 200],
    [{}, 401, 'No API key found in request'],
    [{ Authorization: `Bearer ${key}` }, 401, 'No API key found in request'],
    [headersWith('wrong'), 401, 'Invalid API key'],
    [{ apikey: key, Authorization: 'Bearer sb_secret_other' }, 401,
      'Expected 3 parts in JWT; got 1'],
    [{ apikey: key, Authorization: 'Bearer a.b.c' }, 401,
      'JWSError JWSInvalidSignature'],
  ];

  assert.ok(isToken || key.startsWith('sb_secret_'));
  for (const [headers, expected, message] of cases) {
    const one = new PostgrestClient(process.env.REST_URL, { headers });
    const { error, status } = await one.rpc('bouncer_health');

    assert.equal(status, expected, JSON.stringify(headers));
    assert.equal(error?.message, message);
  }
});
