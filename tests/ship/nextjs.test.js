// The shop's server side of a sale, deploy/vercel/nextjs: the route handlers, as
// Next.js calls them, against a running local cloud and a stand-in for Stripe.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { lapsed, open_shop, orders, sql, state, until } from './shop.js';

const {
  stripe, checkout, request, product, new_key, post, held, look, give_back, receives, happens, session_of, sessions_of, refunds_of,
} = await open_shop(500);

const errors = [];
before(() => { console.error = (line) => errors.push(line); });
beforeEach(() => { errors.length = 0; });

test('bought and paid: the session is of the order and ends 20 s before the hold', async () => {
  const product_id = product({ stock: 3 });
  const told = await held({ product_id, quantity: 2, price: 1, unit_amount: 1 });
  const session = session_of(told);
  assert.equal(told.url, session.url);
  assert.equal(session.expires_at, Math.floor(Date.parse(told.expires_at) / 1000) - 20);
  assert.equal(session.amount_total, 2 * 4500);
  assert.equal(session.client_reference_id, String(told.order_id));
  assert.equal(session.metadata.order_id, String(told.order_id));
  assert.equal(session.success_url, 'https://shop.example/tickets?session_id={CHECKOUT_SESSION_ID}');
  assert.equal((await look(session.id)).state, 'held');

  stripe.pay(session.id);
  assert.equal(await happens('completed', session), 200);
  assert.equal(state(told.order_id), `sold|${session.payment_intent}`);
  assert.equal((await look(session.id)).state, 'sold');
  assert.equal(refunds_of(session), 0);
});

test('the webhook never comes: the buyer who returns has the ticket', async () => {
  const told = await held({ product_id: product() });
  const session = stripe.pay(told.session_id);
  assert.equal((await look(session.id)).state, 'sold');
  assert.equal(state(told.order_id), `sold|${session.payment_intent}`);
});

test('a payment that takes days sells when it has come, and gives back when it fails', async () => {
  const product_id = product({ stock: 2 });
  const [one, other] = [await held({ product_id }), await held({ product_id })];
  for (const told of [one, other]) {
    assert.equal(await happens('completed', stripe.pay(told.session_id, 'unpaid')), 200);
    assert.match(state(told.order_id), /^held/);
    assert.equal((await look(told.session_id)).state, 'pending');
  }
  assert.equal(await happens('async_payment_succeeded', Object.assign(session_of(one), { payment_status: 'paid' })), 200);
  assert.equal(await happens('async_payment_failed', session_of(other)), 200);
  assert.match(state(one.order_id), /^sold/);
  assert.match(state(other.order_id), /^cancelled/);
});

test('not paid in time: the ticket is sold to another', async () => {
  const product_id = product();
  const told = await held({ product_id });
  const refused = await post({ product_id, buyer: 'bob' });
  assert.equal(refused.status, 409);
  assert.match(refused.told.type, /held-out$/);
  assert.equal(await happens('expired', stripe.expire(told.session_id)), 200);
  assert.match(state(told.order_id), /^cancelled/);
  assert.equal((await look(told.session_id)).state, 'lapsed');
  await until(async () => (await post({ product_id, buyer: 'bob' })).told.state === 'held');
  assert.equal(await happens('expired', session_of(told)), 200);
  assert.equal(orders(product_id, 'held'), 1);
});

test('a hold that is shorter than Stripe\'s sessions: paid late, with a ticket left', async () => {
  const told = await held({ product_id: product({ hold_s: 1 }) });
  assert.ok(session_of(told).expires_at >= Date.now() / 1000 + 1800);
  await lapsed(told.order_id);
  assert.equal(await happens('completed', stripe.pay(told.session_id)), 200);
  assert.match(state(told.order_id), /^sold/);
  assert.equal(refunds_of(session_of(told)), 0);
});

test('a hold that leaves Stripe less than its 30 minutes: the session ends 31 minutes after the hold', async () => {
  const told = await held({ product_id: product({ hold_s: 1819 }) });
  assert.equal(session_of(told).expires_at, Math.floor(Date.parse(told.expires_at) / 1000) + 1860);
});

test('who comes back after a short hold has ended cannot pay for nothing', async () => {
  const product_id = product({ hold_s: 1 });
  const key = new_key();
  const told = await held({ product_id }, key);
  await lapsed(told.order_id);
  assert.equal((await look(told.session_id)).state, 'lapsed');
  assert.equal(session_of(told).status, 'expired');
  assert.deepEqual((await post({ product_id, buyer: 'ada@example.com' }, key)).told, { state: 'lapsed', order_id: told.order_id });
  assert.equal(sessions_of(product_id).length, 1);
});

test('paid late, with none left: the money goes back once, however often Stripe calls', async () => {
  const product_id = product({ hold_s: 1 });
  const told = await held({ product_id });
  await lapsed(told.order_id);
  let other;
  await until(async () => (other = (await post({ product_id, buyer: 'bob' })).told).state === 'held');
  assert.equal(await happens('completed', stripe.pay(other.session_id)), 200);

  const session = stripe.pay(told.session_id);
  assert.deepEqual(await Promise.all([happens('completed', session), happens('completed', session)]), [200, 200]);
  stripe.forget_keys();
  assert.equal(await happens('completed', session), 200);
  assert.equal(refunds_of(session), 1);
  assert.equal(stripe.refunds.at(-1).key, `refund-${session.payment_intent}`);
  assert.match(state(told.order_id), /^refund/);
  assert.equal((await look(session.id)).state, 'refunded');
  assert.equal(orders(product_id, 'sold'), 1);
});

test('twice and out of order: a sold order stays sold', async () => {
  const told = await held({ product_id: product() });
  const late = { ...session_of(told), status: 'expired' };
  const session = stripe.pay(told.session_id);
  for (const type of ['completed', 'completed']) assert.equal(await happens(type, session), 200);
  for (const type of ['expired', 'async_payment_failed']) assert.equal(await happens(type, late), 200);
  assert.equal(state(told.order_id), `sold|${session.payment_intent}`);
  assert.equal(refunds_of(session), 0);
});

test('a session of another database, or an order that cannot be looked at, cancels nothing', async () => {
  const told = await held({ product_id: product() });
  const session = stripe.expire(told.session_id);
  const other = { ...session, metadata: { ...session.metadata, held_until: '2026-01-01T00:00:00.000Z' } };
  assert.equal(await happens('expired', other), 200);
  const real = globalThis.fetch;
  globalThis.fetch = (url, options) =>
    url.includes('/api/orders/') ? Response.json({ title: 'away' }, { status: 500 }) : real(url, options);
  assert.equal(await happens('expired', session), 503);
  globalThis.fetch = real;
  assert.match(state(told.order_id), /^held/);
  assert.equal(await happens('expired', session), 200);
  assert.match(state(told.order_id), /^cancelled/);
});

test('paid after it was cancelled, or twice: that payment goes back', async () => {
  const product_id = product({ stock: 2 });
  const cancelled = await held({ product_id });
  assert.equal(await happens('expired', { ...session_of(cancelled) }), 200);
  assert.equal(await happens('completed', stripe.pay(cancelled.session_id)), 200);
  assert.equal(refunds_of(session_of(cancelled)), 1);

  const told = await held({ product_id });
  const session = stripe.pay(told.session_id);
  const second = { ...session, id: 'cs_test_second', payment_intent: 'pi_second' };
  for (const paid of [session, second, second]) assert.equal(await happens('completed', paid), 200);
  assert.equal(refunds_of(session), 0);
  assert.equal(refunds_of(second), 1);
  assert.equal(state(told.order_id), `sold|${session.payment_intent}`);
});

test('the buyer gives up: the session cannot be paid and the ticket is free', async () => {
  const product_id = product();
  const told = await held({ product_id });
  assert.equal((await give_back(told.session_id)).state, 'cancelled');
  assert.equal(session_of(told).status, 'expired');
  assert.match(state(told.order_id), /^cancelled/);
  assert.equal((await give_back(told.session_id)).state, 'cancelled');
  await until(async () => (await post({ product_id, buyer: 'bob' })).told.state === 'held');
});

test('giving up what is paid, or what is not ours, changes nothing', async () => {
  const told = await held({ product_id: product() });
  stripe.pay(told.session_id);
  assert.equal((await give_back(told.session_id)).state, 'sold');
  assert.match(state(told.order_id), /^sold/);
  stripe.sessions.set('cs_test_theirs', { id: 'cs_test_theirs', status: 'open', metadata: {} });
  for (const session_id of ['cs_test_theirs', 'cs_test_invented', 'cs/../x', '', undefined])
    assert.equal((await give_back(session_id)).status, 404);
  assert.equal(stripe.sessions.get('cs_test_theirs').status, 'open');
});

test('the same key has the same order and the same session, which says how it is now', async () => {
  const product_id = product({ stock: 5 });
  const key = new_key();
  const told = await held({ product_id }, key);
  assert.deepEqual(await held({ product_id }, key), told);
  assert.equal(sessions_of(product_id).length, 1);
  assert.equal(orders(product_id, 'held'), 1);
  const other_wish = await post({ product_id, buyer: 'ada@example.com', quantity: 2 }, key);
  assert.equal(other_wish.status, 422);

  const again = async () => (await post({ product_id, buyer: 'ada@example.com' }, key)).told.state;
  stripe.pay(told.session_id);
  assert.equal(await again(), 'sold');
  assert.equal(await again(), 'sold');
});

test('without a key, or for what the shop does not sell, nothing is held', async () => {
  const product_id = product();
  const body = JSON.stringify({ product_id, buyer: 'ada' });
  assert.equal((await checkout.POST(request('/api/checkout', { method: 'POST', body }))).status, 400);
  assert.equal((await post({ product_id: 1, buyer: 'ada' })).status, 404);
  assert.equal((await post({ product_id: 'constructor', buyer: 'ada' })).status, 400);
  assert.equal(orders(product_id, 'held') + orders(1, 'held'), 0);
});

test('an answer of Stripe that got lost: one session, one refund', async () => {
  const product_id = product();
  stripe.lose = 1;
  const told = await held({ product_id });
  assert.equal(sessions_of(product_id).length, 1);
  sql(`UPDATE orders SET state = 'cancelled' WHERE id = ${told.order_id}`);
  const session = stripe.pay(told.session_id);
  stripe.lose = 1;
  assert.equal(await happens('completed', session), 200);
  assert.equal(refunds_of(session), 1);
});

test('a bad signature is 400, and nothing is done', async () => {
  const told = await held({ product_id: product() });
  const session = stripe.pay(told.session_id);
  const forged = [
    { secret: 'whsec_other' },
    { at_s: Math.floor(Date.now() / 1000) - 3600 },
    { altered: (body) => body.replace('"paid"', '"paid" ') },
  ];
  for (const how of forged) assert.equal(await happens('completed', session, how), 400);
  assert.equal(await receives({ method: 'POST', body: '{}' }), 400);
  assert.match(state(told.order_id), /^held/);
  for (const line of errors) assert.doesNotMatch(line, /whsec|sk_test/);
});

test('what is not of this sale is left alone', async () => {
  assert.equal(await happens('completed', { id: 'cs_test_x', payment_status: 'paid', metadata: {} }), 200);
  assert.equal(await receives(stripe.event('invoice.paid', { metadata: { order_id: '1' } })), 200);
});

test('a session of another shop of the account sells, frees and pays back nothing here', async (t) => {
  const product_id = product({ stock: 2 });
  const told = await held({ product_id });
  const here = process.env.SHOP_URL;
  process.env.SHOP_URL = 'https://preview.example/tickets';
  const of_preview = session_of(await held({ product_id }));
  process.env.SHOP_URL = here;
  const { order_id, held_until } = session_of(told).metadata;
  const of_other_software = { ...of_preview, id: 'cs_test_other', metadata: { order_id, product_id, held_until } };
  stripe.sessions.set(of_other_software.id, of_other_software);
  const bouncer = t.mock.method(globalThis, 'fetch');
  for (const { id } of [of_preview, of_other_software]) {
    assert.equal((await look(id)).status, 404);
    assert.equal((await give_back(id)).status, 404);
    assert.equal(await happens('expired', { ...stripe.sessions.get(id), status: 'expired' }), 200);
    assert.equal(await happens('completed', stripe.pay(id)), 200);
    assert.equal((await look(id)).status, 404);
    assert.equal(refunds_of(stripe.sessions.get(id)), 0);
  }
  assert.equal(bouncer.mock.callCount(), 0);
  assert.equal(orders(product_id, 'held'), 2);
});

test('the bouncer is away: Stripe is told to send it again, the browser to ask again', async () => {
  const product_id = product({ stock: 2 });
  const told = await held({ product_id });
  const session = stripe.pay(told.session_id);
  const there = process.env.BOUNCER_URL;
  process.env.BOUNCER_URL = 'http://127.0.0.1:9';
  assert.equal(await happens('completed', session), 503);
  const { status, told: problem, headers } = await post({ product_id });
  assert.equal(status, 504);
  assert.ok(problem.retry_after_ms > 0);
  assert.ok(headers.get('retry-after'));
  process.env.BOUNCER_URL = there;
  assert.equal(await happens('completed', session), 200);
  assert.match(state(told.order_id), /^sold/);
});

test('a wrong secret: nothing is held or sold, the log says why and the buyer does not hear of it', async () => {
  const product_id = product({ stock: 2 });
  const told = await held({ product_id });
  const session = stripe.pay(told.session_id);
  const secret = process.env.BOUNCER_SECRET;
  process.env.BOUNCER_SECRET = 'wrong';
  assert.equal(await happens('completed', session), 503);
  assert.equal(await happens('expired', session), 503);
  assert.deepEqual((await post({ product_id })).told, { title: 'The shop is not set up', status: 500 });
  process.env.BOUNCER_SECRET = secret;
  assert.ok(errors.some((line) => line.includes('BOUNCER_SECRET')));
  assert.equal(orders(product_id, 'held'), 1);
  assert.equal(await happens('completed', session), 200);
});

test('a forgotten setting: nothing is held, Stripe is told to send it again, and the log names it', async () => {
  const product_id = product();
  for (const name of ['BOUNCER_URL', 'BOUNCER_SECRET', 'SHOP_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']) {
    const value = process.env[name];
    delete process.env[name];
    const { status, told } = await post({ product_id });
    const answer = await receives({ method: 'POST', body: '{}' });
    process.env[name] = value;
    assert.deepEqual([status, told.title, answer], [500, 'The shop is not set up', 503]);
    assert.deepEqual(errors.splice(0), [`Not set: ${name}`, `Not set: ${name}`]);
  }
  assert.equal(orders(product_id, 'held'), 0);
});
