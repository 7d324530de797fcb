// A release deployed from its archive alone, by the lines of deploy/README.md as they
// stand, in an empty folder where every compiler fails.
//
// Around the lines everything is real but the accounts: what they hand to `vercel` and
// `aws` goes to DEPLOYED.  DEPLOYED/run is the function of a running local cloud, whose
// database has no table yet.  ARCHIVES holds the archive and its sum.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const { ARCHIVES, DEPLOYED, DATABASE_URL, FUNCTION_URL, CONTROL_URL } = process.env;
const COMPILERS = ['cc', 'gcc', 'c++', 'g++', 'clang', 'ld', 'as', 'ar', 'make', 'cmake'];
const emulators = { x86_64: 'qemu-x86_64', arm64: 'qemu-aarch64' };
const native = process.arch === 'arm64' ? 'arm64' : 'x86_64';

const work = mkdtempSync(join(tmpdir(), 'release-'));
const tools = join(work, 'tools');
let folder = join(work, 'empty');
const read = (path) => readFileSync(join(folder, path), 'utf8');

// ---- the stand-ins of what needs an account ----

const stand_ins = {
  npm: '[ "$*" = "install --global vercel" ]',
  vercel: `
    case "$*" in
    login | link | "integration add upstash" | "integration add neon") ;;
    "env pull .vercel/.env --environment=production")
        printf "DATABASE_URL='%s'\\n" '${DATABASE_URL}' >.vercel/.env ;;
    "env add BOUNCER_SECRET production") [ "$(wc -c)" = 64 ] ;;
    "deploy --prebuilt --prod")
        [ -f .vercel/output/config.json ]
        cp -R .vercel/output/functions/api.func/. '${DEPLOYED}' ;;
    *) exit 1 ;;
    esac`,
  aws: `
    bucket='${work}/bucket' template= key=
    case "$1 $2" in
    "s3 cp") mkdir -p "$bucket" && cp "$3" "$bucket/\${4##*/}" ;;
    "secretsmanager create-secret") [ "$5" = --secret-string ] && [ -s "\${6#file://}" ] ;;
    "cloudformation deploy")
        for word; do
            [ "$previous" != --template-file ] || template=$word
            case $word in CodeKey=*) key=\${word##*/} ;; esac
            previous=$word
        done
        [ -f "$template" ]
        unzip -oq "$bucket/$key" -d '${DEPLOYED}' ;;
    "cloudformation describe-stacks") ;;
    *) exit 1 ;;
    esac`,
  podman: `
    for context; do :; done
    cd "$context"
    for file in $(sed -n 's/^COPY \\([^ ]*\\) .*/\\1/p' Containerfile); do [ -e "$file" ]; done`,
};

// Forget what was deployed; the next deployment is of ARCH.
async function expect_deployment(arch) {
  for (const name of readdirSync(DEPLOYED)) rmSync(join(DEPLOYED, name), { recursive: true });
  writeFileSync(join(DEPLOYED, 'run'),
    `#!/bin/sh\nexec ${arch === native ? '' : emulators[arch]} '${DEPLOYED}/bootstrap'\n`, { mode: 0o755 });
  await fetch(`${CONTROL_URL}/recycle`, { method: 'POST' });
}

// ---- the guide ----

const chapter = (name) => read('deploy/README.md').split(/^## /m).find((one) => one.startsWith(name));
// The blocks of a text, which are indented.
const blocks = (text) => [...text.matchAll(/(?:^ {4}.*\n(?:\n(?= {4}))?)+/gm)].map(([block]) => block.replace(/^ {4}/gm, ''));
const block = (name, mark) => blocks(chapter(name)).find((one) => one.includes(mark));

// Run the lines; what asks for input gets INPUT.
function run(lines, input = '') {
  assert.ok(lines);
  const text = lines.replace(/https:\/\/YOUR-DEPLOYMENT|YOUR-ADDRESS/g, FUNCTION_URL);
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', text],
    { cwd: folder, input, encoding: 'utf8', env: { PATH: `${tools}:${process.env.PATH}`, HOME: work } });
  assert.equal(status, 0, `${text}\n${stdout}${stderr}`);
  return stdout;
}

async function sells(key) {
  let answer;
  // The lock is released after the answer: who comes at once may hear "busy".
  for (let i = 0; i < 50 && (!answer || answer.status === 409); i++) {
    if (answer) await sleep(100);
    answer = await fetch(`${FUNCTION_URL}/api/purchase`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ product_id: 101, buyer: 'release' }),
    });
  }
  assert.equal(answer.status, 201, await answer.text());
}

before(() => {
  mkdirSync(tools);
  const tool = (name, text) => writeFileSync(join(tools, name), `#!/bin/sh\nset -e\n${text}\n`, { mode: 0o755 });
  for (const name of COMPILERS) tool(name, 'echo "no compiler here" >&2; exit 1');
  for (const [name, text] of Object.entries(stand_ins)) tool(name, text);
  cpSync(ARCHIVES, folder, { recursive: true });
});
after(() => rmSync(work, { recursive: true, force: true }));

test('a release is unpacked and its sums are right', () => {
  const guide = readFileSync(new URL('../../deploy/README.md', import.meta.url), 'utf8');
  const [unpack] = blocks(guide);
  for (const name of COMPILERS) run(`! ${name} --version`);
  folder = run(`${unpack}\npwd`).trim().split('\n').at(-1);
  assert.match(folder, /\/bouncer-[^/]+$/);
  assert.equal(read('deploy/README.md'), guide);
  const sums = read('SHA256SUMS').trim().split('\n').map((line) => line.split('  ')[1]);
  const files = run("find . -type f ! -name SHA256SUMS -printf '%P\\n'").trim().split('\n');
  assert.deepEqual(sums.sort(), files.sort());
});

test('a release has the licence of everything that is linked in', () => {
  const rows = [...read('licences/README.md').matchAll(/^\| (\w+) \| `(.*?)` \| (\S+) (\S+) \| \[.*\]\((.*)\) \|$/gm)];
  const listed = new Set(rows.map(([, arch, file]) => `${arch} ${file}`));
  for (const arch of ['x86_64', 'arm64']) {
    const map = readFileSync(new URL(`../../build/ship-${arch}/bootstrap.map`, import.meta.url), 'utf8');
    const linked = new Set([...map.matchAll(/\/([\w.+-]+\.a)\(\S+\.o\)/g)].map(([, name]) => name));
    for (const name of ['libc.a', 'libcrypto.a', 'libcurl.a']) assert.ok(linked.has(name), name);
    for (const name of linked) assert.ok(listed.has(`${arch} ${name}`), `${arch} ${name}`);
    // The version is the one that the file bears.
    const [, , , , version] = rows.find(([, of, file]) => of === arch && file === 'libcrypto.a');
    assert.ok(read(`build/container-${arch}/bootstrap`).includes(`OpenSSL ${version.split('-')[0]} `), version);
  }
  assert.ok(listed.has('both certs/'));
  const said = { curl: /Permission to use, copy, modify, and distribute/, cjson: /Permission is hereby granted/,
    openssl: /Apache License/, 'c-ares': /Permission to use, copy, modify, and distribute/, 'libc6-dev': /GNU Lesser General Public/,
    'libgcc-12-dev': /GCC RUNTIME LIBRARY EXCEPTION/i };
  for (const [, , , name, , text] of rows) {
    const licence = read(`licences/${text}`);
    if (name in said) assert.match(licence, said[name], name);
    for (const [, common] of licence.matchAll(/\/usr\/share\/common-licenses\/([\w.-]*\w)/g))
      assert.ok(existsSync(join(folder, 'licences/common', common)), common);
  }
  assert.match(read('LICENSE'), /MIT/);
});

test('the lines for Vercel deploy a release, which sells a ticket', async () => {
  await expect_deployment('x86_64');
  const insert = read('deploy/README.md').match(/^ {4}(INSERT INTO products .*;)$/m)[1];
  const said = run(block('Vercel,', 'vercel link'), insert);
  assert.match(said, /"database":"ok"/);
  await sells('release-vercel');
});

test('the lines for AWS deploy a release, which sells a ticket', async () => {
  await expect_deployment('arm64');
  writeFileSync(join(folder, 'secret.json'), block('AWS Lambda', 'UPSTASH_REDIS_REST_URL'));
  const said = run(block('AWS Lambda', 'aws s3 cp'));
  assert.match(said, /"database":"ok"/);
  await sells('release-aws');
});

test('an image can be built from a release', () => {
  run(block('Container', 'podman build'));
});

test('the lines of the archive put a changed operations.json into each deployment', () => {
  const path = join(folder, 'function/operations.json');
  const changed = JSON.parse(readFileSync(path, 'utf8'));
  changed.operations[0].path = '/api/ticket';
  writeFileSync(path, JSON.stringify(changed, null, 1));
  run(blocks(read('README.md')).join(''));
  assert.deepEqual(JSON.parse(read('.vercel/output/functions/api.func/operations.json')), changed);
  assert.deepEqual(JSON.parse(run('unzip -p build/bouncer-arm64.zip operations.json')), changed);
  assert.equal(run('unzip -l build/bouncer-arm64.zip | grep -c operations.json').trim(), '1');
});
