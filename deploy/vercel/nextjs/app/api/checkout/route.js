// The shop's own door to the sale. POST holds tickets and opens a Stripe session
// for them, GET says how a session went, DELETE gives its tickets back. A
// session's id is a secret between Stripe and its buyer, so it is the right to
// ask for it and to give it up.
import { ask, unset } from '../../../lib/bouncer.js';
import { end, open, ours, settle, stripe } from '../../../lib/checkout.js';
import { tickets } from '../../../lib/tickets.js';

export const maxDuration = 60;

function answer(status, told) {
  const headers = { 'Cache-Control': 'no-store' };
  if (status >= 400) headers['Content-Type'] = 'application/problem+json';
  if (told.retry_after_ms) headers['Retry-After'] = String(Math.ceil(told.retry_after_ms / 1000));
  return Response.json(told, { status, headers });
}
const problem = (status, title, members) => answer(status, { title, status, ...members });

// What Stripe could not do: busy or away, or something that the shop must mend.
function failed(error) {
  console.error(`Stripe or the bouncer: ${error.message}`);
  const passes = !error.statusCode || [409, 429].includes(error.statusCode) || error.statusCode >= 500;
  return passes
    ? problem(503, 'The payment cannot be reached', { retry_after_ms: 500 + Math.floor(Math.random() * 1000) })
    : problem(500, 'The payment is not set up');
}

async function tell(session) {
  const { order_id, held_until } = session.metadata;
  const told = { order_id: Number(order_id), session_id: session.id };
  if (session.status === 'open') {
    if (Date.parse(held_until) > Date.now())
      return answer(200, { ...told, state: 'held', url: session.url, expires_at: held_until });
    session = await end(session); // it outlives its hold: a new click is a new hold
  }
  if (session.status === 'expired') return answer(200, { ...told, state: 'lapsed' });
  if (session.payment_status === 'unpaid') return answer(200, { ...told, state: 'pending' });
  // Who is back need not wait for the webhook, which may do it again.
  return answer(200, { ...told, state: await settle(session) });
}

export async function POST(request) {
  if (unset()) return problem(500, 'The shop is not set up'); // before it holds anything
  const key = request.headers.get('idempotency-key');
  const { product_id, quantity = 1, buyer } = await request.json().catch(() => null) ?? {};
  if (!key) return problem(400, 'The Idempotency-Key is missing');
  const item = tickets[product_id];
  if (!item) return problem(404, 'There is no such product');
  // Where buyers log in, take the buyer from your session instead: per_buyer is
  // a limit only for those who cannot choose another name.
  const hold = await ask('/api/hold', { body: { product_id, quantity, buyer: buyer || key }, key });
  if (hold.status === 401) return problem(500, 'The shop is not set up');
  if (hold.status >= 300) return answer(hold.status, hold.told);
  if (hold.told.state !== 'held') return answer(200, { state: hold.told.state, order_id: hold.told.order_id });
  try {
    const session = await open(hold.told, item);
    // For a repeated request Stripe tells how the session was, not how it is.
    return await tell(hold.status === 200 ? await stripe().checkout.sessions.retrieve(session.id) : session);
  } catch (error) {
    return failed(error);
  }
}

async function session_of(id, then) {
  const unknown = () => problem(404, 'There is no such session');
  if (!/^cs_\w+$/.test(id)) return unknown();
  try {
    const session = await stripe().checkout.sessions.retrieve(id);
    return ours(session) ? await then(session) : unknown();
  } catch (error) {
    return error.code === 'resource_missing' ? unknown() : failed(error);
  }
}

export function GET(request) {
  return session_of(new URL(request.url).searchParams.get('session_id'), tell);
}

export async function DELETE(request) {
  const { session_id } = await request.json().catch(() => null) ?? {};
  return session_of(session_id, async (session) => {
    const ended = await end(session);
    return ended.status === 'expired'
      ? answer(200, { state: 'cancelled', order_id: Number(session.metadata.order_id) })
      : tell(ended);
  });
}
