// Stripe's webhook. Events come at least once and in any order; what is not
// answered with 2xx comes again, for three days.
import { unset } from '../../../lib/bouncer.js';
import { ours, release, settle, stripe } from '../../../lib/checkout.js';

export const maxDuration = 60;

async function carry_out({ type, data: { object: session } }) {
  if (!ours(session)) return;
  switch (type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      // A payment that takes days is "unpaid" until the second of these.
      if (session.payment_status !== 'unpaid') await settle(session);
      return;
    case 'checkout.session.expired':
    case 'checkout.session.async_payment_failed':
      await release(session);
  }
}

export async function POST(request) {
  if (unset()) return new Response('Send it again', { status: 503 });
  const raw = await request.text(); // the signature is over these bytes
  let event;
  try {
    event = stripe().webhooks.constructEvent(
      raw, request.headers.get('stripe-signature'), process.env.STRIPE_WEBHOOK_SECRET);
  } catch {
    console.error('A webhook without a valid signature; see STRIPE_WEBHOOK_SECRET');
    return new Response('The signature is not valid', { status: 400 });
  }
  try {
    await carry_out(event);
  } catch (error) {
    console.error(`${event.type} ${event.id}: ${error.message}`);
    return new Response('Send it again', { status: 503 });
  }
  return new Response(null, { status: 200 });
}
