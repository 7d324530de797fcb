// The files of deploy/vercel/nextjs in an app, as somebody copies them there; and
// a shop made of them that stands between a running local cloud and a stand-in
// for Stripe.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Stripe } from './stripe.js';

const { FUNCTION_URL, DATABASE_URL } = process.env;
const line_item = { price_data: { currency: 'eur', unit_amount: 4500, product_data: { name: 'A ticket' } } };

// An app that sells the products of IDS, beside node_modules: Next.js takes no
// package from outside its root.
export function make_app(ids) {
  const app = mkdtempSync(fileURLToPath(new URL('shop-', import.meta.url)));
  cpSync(new URL('../../deploy/vercel/nextjs', import.meta.url), app, { recursive: true });
  writeFileSync(`${app}/package.json`, '{"private": true, "type": "module"}');
  const tickets = Object.fromEntries(ids.map((id) => [id, line_item]));
  writeFileSync(`${app}/lib/tickets.js`, `export const tickets = ${JSON.stringify(tickets)};\n`);
  return { app, remove: () => rmSync(app, { recursive: true }) };
}

export const sql = (query) =>
  execFileSync('psql', ['-qtAX', '-v', 'ON_ERROR_STOP=1', DATABASE_URL, '-c', query], { encoding: 'utf8' }).trim();

// A product to hold for as long as Stripe wants.
export function put_on_sale(id, { stock = 1, hold_s = 1860, opens_at = 'NULL', per_buyer = 'NULL' } = {}) {
  sql(`INSERT INTO products (id, name, stock, hold_s, opens_at, per_buyer)
       VALUES (${id}, 'Ship', ${stock}, ${hold_s}, ${opens_at}, ${per_buyer})`);
  return id;
}

// What the shop needs in its environment.
export const settings = (stripe, shop_url) => ({
  BOUNCER_URL: FUNCTION_URL, STRIPE_API_URL: stripe.url, STRIPE_SECRET_KEY: stripe.key,
  STRIPE_WEBHOOK_SECRET: stripe.webhook_secret, SHOP_URL: shop_url,
});

export async function until(condition) {
  for (let i = 0; i < 300; i++) {
    if (await condition()) return;
    await sleep(50);
  }
  assert.fail('it did not come');
}

export const state = (order_id) => sql(`SELECT state, payment FROM orders WHERE id = ${order_id}`);
export const orders = (product_id, in_state) =>
  Number(sql(`SELECT count(*) FROM orders WHERE product_id = ${product_id} AND state = '${in_state}'`));
export const lapsed = (order_id) =>
  until(() => sql(`SELECT held_until < now() FROM orders WHERE id = ${order_id}`) === 't');

// The shop in this process, for products from FIRST_ID on; it closes when the
// tests of the file have ended.
export async function open_shop(first_id) {
  const ids = Array.from({ length: 40 }, (_, at) => first_id + at);
  const { app, remove } = make_app(ids);
  const stripe = await new Stripe('sk_test_ship', 'whsec_ship').start();
  after(() => {
    stripe.stop();
    remove();
  });
  Object.assign(process.env, settings(stripe, 'https://shop.example/tickets'));
  const checkout = await import(`${app}/app/api/checkout/route.js`);
  const webhook = await import(`${app}/app/api/stripe/route.js`);
  const request = (path, options) => new Request(`https://shop.example${path}`, options);
  let keys = 0;
  const new_key = () => `shop-${first_id}-${keys++}`;

  async function post(wish, key = new_key()) {
    for (;;) {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
      const answer = await checkout.POST(request('/api/checkout', { method: 'POST', headers, body: JSON.stringify(wish) }));
      const told = await answer.json();
      if (!told.type?.endsWith(':busy')) return { status: answer.status, told, headers: answer.headers };
      await sleep(told.retry_after_ms);
    }
  }
  async function held(wish, key) {
    const { told } = await post({ buyer: 'ada@example.com', ...wish }, key);
    assert.equal(told.state, 'held', JSON.stringify(told));
    return told;
  }
  async function look(session_id) {
    const answer = await checkout.GET(request(`/api/checkout?session_id=${session_id}`));
    return { status: answer.status, ...await answer.json() };
  }
  async function give_back(session_id) {
    const answer = await checkout.DELETE(request('/api/checkout', { method: 'DELETE', body: JSON.stringify({ session_id }) }));
    return { status: answer.status, ...await answer.json() };
  }
  // Stripe posts an event: the status that it hears.
  const receives = async (posted) => (await webhook.POST(request('/api/stripe', posted))).status;
  const happens = (type, session, how) => receives(stripe.event(`checkout.session.${type}`, session, how));

  return {
    app, stripe, checkout, request, new_key, post, held, look, give_back, receives, happens,
    product: (more) => put_on_sale(ids.shift(), more),
    session_of: ({ session_id }) => stripe.sessions.get(session_id),
    sessions_of: (product_id) => [...stripe.sessions.values()].filter(({ metadata }) => metadata.product_id === String(product_id)),
    refunds_of: ({ payment_intent }) => stripe.refunds.filter((refund) => refund.payment_intent === payment_intent).length,
  };
}
