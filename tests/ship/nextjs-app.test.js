// An app of the files in deploy/vercel/nextjs and the guide's own lines: Next.js
// builds it, starts it, and it sells a ticket.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { make_app, put_on_sale, settings, until } from './shop.js';
import { Stripe } from './stripe.js';

const id = 490;
const { app, remove } = make_app([id]);
const guide = readFileSync(`${app}/README.md`, 'utf8');
const example = (language) => guide.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))[1];
const next = new URL('node_modules/next/dist/bin/next', import.meta.url).pathname;

let stripe;
let server;
let url;

async function free_port() {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  return port;
}

before(async () => {
  stripe = await new Stripe('sk_test_app', 'whsec_app').start();
  const port = await free_port();
  url = `http://127.0.0.1:${port}`;
  const options = { cwd: app, stdio: 'pipe', env: { ...process.env, ...settings(stripe, url), NEXT_TELEMETRY_DISABLED: '1' } };
  writeFileSync(`${app}/app/page.jsx`, example('jsx').replaceAll('101', id));
  writeFileSync(`${app}/app/layout.jsx`,
    'export default ({ children }) => <html lang="en"><body>{children}</body></html>;\n');
  writeFileSync(`${app}/next.config.ts`, example('js'));
  put_on_sale(id);
  execFileSync(process.execPath, [next, 'build'], options);
  server = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', port], options);
  await until(() => fetch(url).catch(() => null));
});
after(async () => {
  if (server) {
    server.kill();
    await once(server, 'exit');
  }
  stripe?.stop();
  remove();
});

test('Next.js: the app of the guide builds, and its page has the button', async () => {
  const page = await (await fetch(url)).text();
  assert.match(page, /<button[^>]*>Buy<\/button>/);
});

test('Next.js: a ticket is held, paid and sold, and the page sees it', async () => {
  const product = async () => (await (await fetch(`${url}/api/products/${id}`)).json()).state;
  assert.equal(await product(), 'open');
  const answer = await fetch(`${url}/api/checkout`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'app-1' },
    body: JSON.stringify({ product_id: id, buyer: 'ada' }),
  });
  const told = await answer.json();
  assert.equal(told.state, 'held', JSON.stringify(told));

  const session = stripe.pay(told.session_id);
  const forged = stripe.event('checkout.session.completed', session, { secret: 'whsec_other' });
  assert.equal((await fetch(`${url}/api/stripe`, forged)).status, 400);
  assert.equal((await fetch(`${url}/api/stripe`, stripe.event('checkout.session.completed', session))).status, 200);
  assert.equal((await (await fetch(`${url}/api/checkout?session_id=${session.id}`)).json()).state, 'sold');
  await until(async () => await product() === 'sold_out');
});
