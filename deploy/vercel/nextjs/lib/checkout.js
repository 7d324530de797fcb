// From a held order to a Stripe Checkout session, and from its payment back to
// the order. Every step may be repeated, by whoever and in whatever order.
import Stripe from 'stripe';
import { ask, word } from './bouncer.js';

const TRIES = 4;
// Stripe wants a session to last 30 minutes; a minute is for clocks and the way.
const SHORTEST_S = 31 * 60;
// For the report of a payment in a session's last second to come before the hold ends.
const REPORT_S = 20;

// STRIPE_API_URL is for tests.
export function stripe() {
  const { protocol, hostname, port } = new URL(process.env.STRIPE_API_URL ?? 'https://api.stripe.com');
  return new Stripe(process.env.STRIPE_SECRET_KEY, {
    protocol: protocol.slice(0, -1), host: hostname, ...(port && { port }), maxNetworkRetries: 2, timeout: 10_000,
  });
}

// Whether this shop opened a session. Others of the Stripe account do so too, and
// may name an order_id of their own.
export const ours = ({ metadata }) =>
  Boolean(metadata?.bouncer_shop) && metadata.bouncer_shop === process.env.SHOP_URL;

// Opens the session of a held order, or gives back the one that it has.
//
// Stripe lets a session end 30 minutes to 24 hours after it was made. The session
// ends 20 s before the hold: whoever can still pay still has the tickets, and
// Stripe has 20 s to report it. With hold_s = 1860 that leaves 40 s to make the
// session in, with 1820 none. Once it is too late for 30 minutes, Stripe refuses,
// and the session ends 31 minutes after the hold. A payment that is reported
// after the hold gets the tickets if any are left, else it goes back (settle).
//
// Both depend on the order alone, and so do the keys: a repeated request finds
// the session that there is. The second is tried only if Stripe has refused the
// first, so an order never has two.
export async function open(order, item) {
  const held_until_s = Math.floor(Date.parse(order.expires_at) / 1000);
  const create = (expires_at, idempotencyKey) => stripe().checkout.sessions.create({
    mode: 'payment',
    line_items: [{ ...item, quantity: order.quantity }],
    client_reference_id: String(order.order_id),
    metadata: {
      bouncer_shop: process.env.SHOP_URL,
      order_id: order.order_id, product_id: order.product_id, held_until: order.expires_at,
    },
    expires_at,
    success_url: `${process.env.SHOP_URL}?session_id={CHECKOUT_SESSION_ID}`,
    cancel_url: process.env.SHOP_URL,
  }, { idempotencyKey });
  // The time makes it another key where a new database counts from 1 again.
  const key = `order-${order.order_id}-${order.expires_at}`;
  try {
    return await create(held_until_s - REPORT_S, key);
  } catch (error) {
    if (error.param !== 'expires_at') throw error;
    return create(held_until_s + SHORTEST_S, `${key}-late`);
  }
}

// Ends a session before its time, so that it cannot be paid any more, and gives
// its tickets back. Resolves to the session as it is then: a paid one stays.
export async function end({ id }) {
  const session = await stripe().checkout.sessions.expire(id).catch((error) => {
    if (error.statusCode !== 400) throw error;
    return stripe().checkout.sessions.retrieve(id); // was paid, or has ended
  });
  if (session.status === 'expired') await release(session);
  return session;
}

// Sells the order that a paid session is for, or gives the money back. Resolves
// to 'sold' or 'refunded'; rejects where that is not certain: try again.
export async function settle(session) {
  const payment = session.payment_intent ?? session.id;
  const body = { order_id: Number(session.metadata.order_id), payment };
  const { status, told } = await ask('/api/confirm', { body, tries: TRIES });
  if (status < 300) return 'sold';
  if (!['lapsed', 'cancelled', 'paid-twice'].includes(word(told)))
    throw new Error(`confirm of order ${body.order_id}: ${status} ${word(told)}`);
  if (session.payment_intent) await refund(session.payment_intent);
  return 'refunded';
}

async function refund(payment_intent) {
  try {
    await stripe().refunds.create({ payment_intent }, { idempotencyKey: `refund-${payment_intent}` });
  } catch (error) {
    // Stripe forgets keys after a day or more.
    if (error.code !== 'charge_already_refunded') throw error;
  }
}

// Gives back the tickets of a session that cannot be paid any more. An order
// that was sold in another way (at the door, by hand) stays sold.
export async function release(session) {
  const order_id = Number(session.metadata.order_id);
  const product_id = Number(session.metadata.product_id);
  const order = await ask(`/api/orders/${order_id}`, { method: 'GET', tries: TRIES });
  if (order.status === 404) return;
  if (order.status !== 200) throw new Error(`order ${order_id}: ${order.status}`);
  if (order.told.state !== 'held' || order.told.expires_at !== session.metadata.held_until) return;
  const { status, told } = await ask('/api/cancel', { body: { product_id, order_id }, tries: TRIES });
  if (status !== 200) throw new Error(`cancel of order ${order_id}: ${status} ${word(told)}`);
}
