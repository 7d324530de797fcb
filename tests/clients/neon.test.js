/* @neondatabase/serverless against the SQL door. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { neon, neonConfig } from '@neondatabase/serverless';

const connection = process.env.NEON_CONNECTION_STRING;
neonConfig.fetchEndpoint = () => process.env.SQL_URL;
const sql = neon(connection);

test('a tagged template carries its values as parameters', async () => {
  const name = "Robert'); DROP TABLE products;--";
  const rows = await sql`SELECT ${name}::text AS name, ${3}::int + 1 AS four`;

  assert.deepEqual(rows, [{ name, four: 4 }]);
});

test('types come as the client expects them', async () => {
  const [row] = await sql`
    SELECT 1::int2 AS int2, 2::int4 AS int4, 3::int8 AS int8,
           1.5::float8 AS float8, 'NaN'::float8 AS nan, 2.50::numeric AS n,
           true AS bool, NULL::text AS none, '{"a":[1,null]}'::jsonb AS doc,
           ARRAY[1,2] AS ints, ARRAY['a','b"c',NULL] AS texts,
           '2026-01-02T03:04:05Z'::timestamptz AS at, '\\x00ff'::bytea AS bytes`;

  assert.deepEqual(row, {
    int2: 1, int4: 2, int8: '3', float8: 1.5, nan: NaN, n: '2.50', bool: true,
    none: null, doc: { a: [1, null] }, ints: [1, 2], texts: ['a', 'b"c', null],
    at: new Date('2026-01-02T03:04:05Z'), bytes: Buffer.from([0, 255]),
  });
});

test('parameters of every type arrive', async () => {
  const [row] = await sql.query(
    'SELECT $1::int AS n, $2::bool AS b, $3::text AS none, $4::jsonb AS doc, ' +
    '$5::text[] AS list', [7, true, null, { a: 'b' }, ['x', 'y,"z']]);

  assert.deepEqual(row, {
    n: 7, b: true, none: null, doc: { a: 'b' }, list: ['x', 'y,"z'] });
});

test('arrays and full results on request', async () => {
  const full = await sql.query('SELECT 1 AS a, 2 AS b', [],
    { arrayMode: true, fullResults: true });

  assert.deepEqual(full.rows, [[1, 2]]);
  assert.equal(full.command, 'SELECT');
  assert.equal(full.rowCount, 1);
  assert.deepEqual(full.fields.map((field) => field.name), ['a', 'b']);
});

test('a transaction is one, with its isolation level', async () => {
  const [level, [first], [second]] = await sql.transaction([
    sql`SHOW transaction_isolation`,
    sql`SELECT txid_current() AS id`,
    sql`SELECT txid_current() AS id`,
  ], { isolationLevel: 'Serializable' });

  assert.equal(level[0].transaction_isolation, 'serializable');
  assert.equal(first.id, second.id);
});

test('a failed transaction leaves nothing behind', async () => {
  const table = `clients_${randomUUID().replaceAll('-', '')}`;

  await sql.query(`CREATE TABLE ${table} (n int)`);
  await assert.rejects(sql.transaction([
    sql.query(`INSERT INTO ${table} VALUES (1)`),
    sql.query('SELECT 1 / 0'),
  ]), { name: 'NeonDbError', code: '22012' });
  assert.deepEqual(await sql.query(`SELECT * FROM ${table}`), []);
  await sql.query(`DROP TABLE ${table}`);
});

test('a read-only transaction cannot write', async () => {
  await assert.rejects(
    sql.transaction([sql`CREATE TABLE clients_never (n int)`],
      { readOnly: true }),
    { code: '25006' });
});

test('errors carry what PostgreSQL says', async () => {
  await assert.rejects(sql`SELECT * FROM no_such_table`, (error) => {
    assert.equal(error.name, 'NeonDbError');
    assert.equal(error.code, '42P01');
    assert.equal(error.severity, 'ERROR');
    assert.equal(error.position, '15');
    assert.match(error.message, /no_such_table/);
    return true;
  });
});

test('a wrong password is told', async () => {
  const address = new URL(connection);
  address.password = 'wrong';
  await assert.rejects(neon(address.href)`SELECT 1`,
    /password authentication failed/);
});

test('many at once', async () => {
  const answers = await Promise.all(Array.from({ length: 100 },
    (_, i) => sql`SELECT ${i}::int AS i`));

  assert.deepEqual(answers.map(([row]) => row.i),
    Array.from({ length: 100 }, (_, i) => i));
});

test('the shipped functions can be called', async () => {
  const [row] = await sql`SELECT bouncer_health() AS answer`;

  assert.ok(row.answer.outcome);
});

test('WebSockets say that they are not here', async () => {
  const answer = await fetch(process.env.SQL_URL.replace(/sql$/, 'v2'));

  assert.equal(answer.status, 501);
  assert.match((await answer.json()).message, /WebSockets/);
});
