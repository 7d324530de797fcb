// What `vercel build` left in OUTPUT: a deployment in the Build Output API.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';

const output = process.env.OUTPUT;
const read = (name) => readFileSync(`${output}/${name}`, 'utf8');
const config = JSON.parse(read('config.json'));
const page = read('static/index.html');

// Where a path ends up: a file, or the function that a route names.
function destination(path) {
  let filesystem = false;
  for (const { src, dest, handle, continue: goes_on } of config.routes) {
    if (handle === 'filesystem') {
      filesystem = true;
      const file = path === '/' ? '/index.html' : path;
      if (statSync(`${output}/static${file}`, { throwIfNoEntry: false })?.isFile()) return file;
      if (path === '/api') return '/api';
    } else if (handle) {
      break; // later phases: nothing was found
    } else if (new RegExp(`^${src}$`).test(path) && dest && !goes_on) {
      assert.ok(filesystem, `${src} hides files`);
      return dest;
    }
  }
  return null;
}

test('the root is a page, all below /api is the function', () => {
  assert.equal(config.version, 3);
  assert.equal(destination('/'), '/index.html');
  for (const path of ['/api', '/api/purchase', '/api/username', '/api/health', '/api/nothing/here'])
    assert.equal(destination(path), '/api', path);
  for (const path of ['/apia', '/bootstrap', '/certs/002c0b4f.0', '/x'])
    assert.equal(destination(path), null, path);
});

test('no route rewrites what the function sees', () => {
  // `vercel build` adds a page for what is not found, in a phase of its own.
  const last = config.routes.findIndex(({ handle }) => handle === 'error');
  for (const { dest } of config.routes.slice(0, last < 0 ? undefined : last))
    assert.ok(dest === undefined || dest === '/api', dest);
});

test('the function is a custom runtime with a time limit above the lease', () => {
  const about = JSON.parse(read('functions/api.func/.vc-config.json'));
  assert.equal(about.runtime, 'provided.al2023');
  assert.equal(about.handler, 'bootstrap');
  assert.equal(about.architecture, 'x86_64');
  assert.ok(about.maxDuration > 10);
  assert.deepEqual(readdirSync(`${output}/functions`), ['api.func']);
});

test('the function is executable and has its certificates', () => {
  const folder = `${output}/functions/api.func`;
  assert.equal(statSync(`${folder}/bootstrap`).mode & 0o777, 0o755);
  assert.ok(readdirSync(`${folder}/certs`).length > 100);
  assert.deepEqual(readdirSync(folder).sort(), ['.vc-config.json', 'bootstrap', 'certs', 'operations.json']);
});

test('the page loads nothing from elsewhere', () => {
  const loaded = [...page.matchAll(/<(?:link|script|img)\b[^>]*\b(?:href|src)="([^"]*)"/g)].map((m) => m[1]);
  for (const name of loaded) {
    if (name.startsWith('data:')) continue;
    assert.equal(destination(name), name, name);
  }
  assert.ok(!/url\(|@import/.test(read('static/style.css')));
  const policy = config.routes.find(({ headers }) => headers)?.headers['Content-Security-Policy'];
  assert.match(policy, /^default-src 'none'/);
});

test('the page is accessible in what a program can see', () => {
  assert.match(page, /<html lang="en">/);
  assert.match(page, /<meta name="viewport" content="width=device-width/);
  assert.match(page, /<title>[^<]+<\/title>/);
  assert.equal(page.match(/<h1\b/g).length, 1);
  assert.equal(page.match(/<main\b/g).length, 1);
  for (const [button] of page.matchAll(/<button\b[^>]*>/g)) assert.match(button, /type="(button|submit)"/);
});

test('the page runs under its policy: no style and no script stands in it', () => {
  assert.doesNotMatch(page, /<style|<script(?![^>]*\bsrc=)|\s(?:style|on\w+)=/);
});

test('the page labels its fields, and asks for no more tickets than the operation sells', () => {
  for (const [, id] of page.matchAll(/<input id="(\w+)"/g)) assert.ok(page.includes(`<label for="${id}">`), id);
  const file = readFileSync(new URL('../../function/operations.json', import.meta.url), 'utf8');
  const { quantity } = JSON.parse(file).operations.find(({ path }) => path === '/api/purchase').input.properties;
  assert.equal(page.match(/id="quantity"[^>]*\bmax="(\d+)"/)[1], String(quantity.maximum));
});
