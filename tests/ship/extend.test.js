// function/README.md, "A seat, step by step": takes the steps out of the document as
// they stand and runs them in a fresh clone, up to a sold seat, with no compiler after
// the first `make run`.
//
//     node --test tests/ship/extend.test.js
//
// A block of the document is read by its language and by the line before it:
//     json  goes into the list of the file that the paragraph before it names
//     sql, or sh after "the new file `...`"  is written to that file
//     sh    is run; a block without a language says what it prints
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BUILD_S = 300;
const STEP_S = 60;
const STOP_S = 30;
const AGAIN = 20;

const work = mkdtempSync(join(tmpdir(), 'extend-'));
const clone = join(work, 'bouncer');
const log = join(work, 'log');
const guide = () => readFileSync(join(clone, 'function/README.md'), 'utf8');
const chapter = (text) => text.split(/^## /m).find((one) => one.startsWith('A seat, step by step'));

// {before, language, text}: the blocks of TEXT, each with the paragraph before it.
function blocks(text) {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(({ 1: language, 2: body, index }) => ({
    before: text.slice(0, index).trimEnd().split(/\n\n/).at(-1), language, text: body,
  }));
}

// ---- the local cloud ----

let cloud = null;

async function stop() {
  if (!cloud) return;
  const { pid, exitCode, signalCode } = cloud;
  if (exitCode === null && signalCode === null) {
    const ended = new Promise((resolve) => { cloud.once('exit', resolve); });
    const late = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_S * 1000);
    process.kill(-pid, 'SIGINT'); // as Ctrl-C: to all of the terminal
    await ended;
    clearTimeout(late);
  }
  cloud = null;
}

// `make run`, until it says that it is ready.
async function start(command, environment) {
  await stop();
  const out = openSync(log, 'w');
  cloud = spawn('sh', ['-c', command], { cwd: clone, env: environment, stdio: ['ignore', out, out], detached: true });
  for (let i = 0; i < BUILD_S * 10; i++) {
    if (/^ready/m.test(readFileSync(log, 'utf8'))) return;
    assert.equal(cloud.exitCode, null, readFileSync(log, 'utf8'));
    await sleep(100);
  }
  assert.fail(`not ready after ${BUILD_S} s: ${readFileSync(log, 'utf8')}`);
}

// ---- running the steps ----

// The port is any free one.  A make above this one has nothing to say here.
const environment = { ...process.env, PORT: '0' };
for (const name of Object.keys(environment)) if (/^(MAKE|MFLAGS|VARIANT|CC$|NODE_)/.test(name)) delete environment[name];

// From the second `make run` on, who asks for a compiler gets an error.
function forbid_compilers() {
  const shims = join(work, 'shims');
  if (existsSync(shims)) return;
  mkdirSync(shims);
  for (const name of ['cc', 'gcc', 'clang', 'ar', 'ld']) {
    writeFileSync(join(shims, name), '#!/bin/sh\necho "no compiler here" >&2\nexit 1\n');
    chmodSync(join(shims, name), 0o755);
  }
  environment.PATH = `${shims}:${environment.PATH}`;
}

function run_once(text) {
  const { stdout, stderr } = spawnSync('sh', ['-c', text],
    { cwd: clone, env: environment, encoding: 'utf8', timeout: STEP_S * 1000 });
  return { printed: stdout, all: stdout + stderr };
}

// The lock is released after the answer: who comes at once may hear "busy".
async function run(text) {
  let said = run_once(text);
  for (let i = 0; i < AGAIN && /:busy"/.test(said.printed); i++) {
    await sleep(100);
    said = run_once(text);
  }
  return said;
}

// Members of an object have no order.
function comparable(printed) {
  const [, json, rest] = printed.match(/^(\{.*\})(.*)$/s) ?? [];
  return json ? [JSON.parse(json), rest.trim()] : printed.trim();
}

function write(step) {
  const [path] = step.before.match(/(?<=`)[\w./]+(?=`[^`]*$)/);
  const file = join(clone, path);
  if (step.language === 'json') {
    const list = JSON.parse(readFileSync(file, 'utf8'));
    list.operations.push(JSON.parse(step.text));
    writeFileSync(file, JSON.stringify(list, null, 1));
  } else {
    assert.ok(!existsSync(file), `${path} is not new`);
    writeFileSync(file, step.text);
  }
}

before(() => {
  execFileSync('git', ['clone', '--quiet', fileURLToPath(new URL('../..', import.meta.url)), clone]);
});
async function clean_up() {
  await stop();
  rmSync(work, { recursive: true, force: true });
}
after(clean_up);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => clean_up().then(() => process.exit(1)));

test('the steps of the guide sell a seat, as they stand, without a compiler', { timeout: 900_000 }, async () => {
  const steps = blocks(chapter(guide()));
  assert.ok(steps.length > 10);
  for (const [i, step] of steps.entries()) {
    const expected = steps[i + 1]?.language === '' ? steps[i + 1].text : null;
    if (step.language === '') continue;
    if (step.text === 'make run\n') {
      if (cloud) forbid_compilers();
      await start(step.text, environment);
    } else if (step.language !== 'sh' || step.before.includes('the new file')) {
      write(step);
    } else {
      const { printed, all } = await run(step.text);
      // Without a block of what it prints it says nothing, errors neither.
      assert.deepEqual(comparable(expected === null ? all : printed), comparable(expected ?? ''), `${step.text}\n${all}`);
    }
  }
});

const sql = async (query) => {
  const { printed, all } = await run(`. build/local/env; psql -XqAt "$DATABASE_URL" <<'END'\n${query}\nEND\n`);
  return printed.trim() || all.trim();
};

test('the table and the function are closed, though the guide says nothing of it', async () => {
  assert.equal(await sql(`
    SELECT string_agg(DISTINCT name, ' ') FROM (
      SELECT relname AS name, relnamespace AS place, coalesce(relacl,
        acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner)) AS acl
        FROM pg_class WHERE relkind <> 'i'
      UNION ALL SELECT proname, pronamespace, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
    ) AS made CROSS JOIN aclexplode(acl) LEFT JOIN pg_roles ON pg_roles.oid = grantee
    WHERE place = 'public'::regnamespace AND (grantee = 0 OR rolname IN ('anon', 'authenticated'));`), '');
  assert.equal(await sql(`SELECT has_function_privilege('service_role', 'take_seat'::regproc, 'EXECUTE');
    SELECT has_table_privilege('service_role', 'seats', 'SELECT, INSERT, UPDATE, DELETE');`), 't\nf');
  const health = async () => (await run('. build/local/env; curl -s "$FUNCTION_URL/api/health"')).printed;
  // An instance remembers for a second what it said before the SQL was applied.
  for (let i = 0; i < AGAIN && !/"database":"ok"/.test(await health()); i++) await sleep(100);
  assert.match(await health(), /"database":"ok"/);
});

test('one key for the seat gives it back, for another it is reused', async () => {
  await sql("INSERT INTO seats (id) VALUES ('B1'), ('B2')");
  for (const [key, seat_id, expected] of [['one', 'B1', /^\{"buyer":"ada","seat_id":"B1"\} 201$/],
    ['one', 'B1', /^\{"buyer":"ada","seat_id":"B1"\} 200$/], ['two', 'B1', /:taken".* 409$/],
    ['two', 'nowhere', /:unknown-seat".* 404$/], ['one', 'B2', / 422$/]]) {
    const { printed } = await run(`. build/local/env; curl -s "$FUNCTION_URL/api/seat" -w ' %{http_code}' \\
      -H 'Content-Type: application/json' -H 'Idempotency-Key: ${key}' -d '${JSON.stringify({ seat_id, buyer: 'ada' })}'`);
    assert.match(printed, expected);
  }
});

test('README shows the same operation', () => {
  const [shown] = blocks(readFileSync(join(clone, 'README.md'), 'utf8')).filter(({ language }) => language === 'json');
  const [taken] = blocks(chapter(guide())).filter(({ language }) => language === 'json');
  assert.deepEqual(JSON.parse(shown.text), JSON.parse(taken.text));
});
