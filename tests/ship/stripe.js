// A stand-in for the parts of Stripe's API that a shop needs: it keeps Checkout
// sessions, payments and refunds, refuses what Stripe documents as refused,
// repeats the answer of an Idempotency-Key, and signs events.
// docs.stripe.com/api/checkout/sessions, /refunds, /idempotent_requests, /webhooks
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const id = (kind) => `${kind}_${randomBytes(12).toString('hex')}`;
const now_s = () => Math.floor(Date.now() / 1000);
const KNOWN = ['mode', 'line_items', 'client_reference_id', 'metadata', 'expires_at', 'success_url', 'cancel_url'];

class Refused extends Error {
  constructor(message, more, status = 400) {
    super(message);
    this.status = status;
    this.body = { error: { type: 'invalid_request_error', message, ...more } };
  }
}

// a[b][c]=1 is { a: { b: { c: '1' } } }
function parse(form) {
  const tree = {};
  for (const [name, value] of new URLSearchParams(form)) {
    const path = name.split(/\]?\[|\]/).filter(Boolean);
    const last = path.pop();
    path.reduce((at, key) => (at[key] ??= {}), tree)[last] = value;
  }
  return tree;
}

export class Stripe {
  sessions = new Map();
  refunds = [];
  lose = 0; // of so many requests, from now, the work is done and the answer lost
  #saved = new Map();
  #server;

  constructor(key, webhook_secret) {
    this.key = key;
    this.webhook_secret = webhook_secret;
  }

  async start() {
    this.#server = createServer(async (req, res) => {
      const chunks = await req.toArray();
      const { status, body, replayed } = this.#answer(req, Buffer.concat(chunks).toString());
      if (this.lose && this.lose--) return req.socket.destroy();
      res.writeHead(status, { 'content-type': 'application/json', ...(replayed && { 'idempotent-replayed': 'true' }) });
      res.end(body);
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  forget_keys() {
    this.#saved.clear();
  }

  #answer(req, form) {
    const key = req.method === 'POST' && req.headers['idempotency-key'];
    const request = `${req.url} ${form}`;
    const saved = key && this.#saved.get(key);
    try {
      if (req.headers.authorization !== `Bearer ${this.key}`) throw new Refused('Invalid API Key provided', {}, 401);
      if (saved && saved.request !== request)
        throw new Refused('Keys for idempotent requests can only be used with the same parameters they were first used with.',
          { type: 'idempotency_error' });
      if (saved) return { ...saved, replayed: true };
      const answer = { status: 200, body: JSON.stringify(this.#route(req, parse(form))), request };
      if (key) this.#saved.set(key, answer);
      return answer;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { status: error.status, body: JSON.stringify(error.body) }; // not saved
    }
  }

  #route({ method, url, headers }, body) {
    const [, session, action] = url.match(/^\/v1\/checkout\/sessions\/(\w+)(?:\/(\w+))?$/) ?? [];
    if (method === 'POST' && url === '/v1/checkout/sessions') return this.#create(body);
    if (method === 'POST' && url === '/v1/refunds') return this.#refund(body, headers['idempotency-key']);
    if (session && !this.sessions.has(session))
      throw new Refused(`No such checkout.session: ${session}`, { code: 'resource_missing' }, 404);
    if (method === 'GET' && session && !action) return this.sessions.get(session);
    if (method === 'POST' && action === 'expire') return this.expire(session);
    throw new Refused(`Unrecognized request URL (${method}: ${url})`, {}, 404);
  }

  #create({ line_items, metadata = {}, expires_at, ...more }) {
    for (const name of Object.keys(more))
      if (!KNOWN.includes(name)) throw new Refused(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name });
    const left_s = expires_at - now_s();
    if (left_s < 1800 || left_s >= 86400)
      throw new Refused(`The \`expires_at\` timestamp must be ${left_s < 1800 ? 'at least 30 minutes' : 'less than 24 hours'} ` +
        'from Checkout Session creation.', { param: 'expires_at' });
    const [{ price_data, quantity }] = Object.values(line_items);
    const session = {
      ...more, id: id('cs_test'), object: 'checkout.session', status: 'open', payment_status: 'unpaid',
      payment_intent: null, metadata, expires_at: Number(expires_at), currency: price_data.currency,
      amount_total: price_data.unit_amount * quantity, created: now_s(),
    };
    session.url = `https://checkout.stripe.com/c/pay/${session.id}`;
    this.sessions.set(session.id, session);
    return session;
  }

  expire(session_id) {
    const session = this.sessions.get(session_id);
    if (session.status !== 'open')
      throw new Refused('Only Checkout Sessions with a status in ["open"] can be expired. ' +
        `This Checkout Session has a status of \`${session.status}\`.`);
    return Object.assign(session, { status: 'expired', url: null });
  }

  // The buyer pays on Stripe's page; a payment that takes days is not paid yet.
  pay(session_id, payment_status = 'paid') {
    const session = this.sessions.get(session_id);
    if (session.status !== 'open') throw new Error(`The session is ${session.status}`);
    return Object.assign(session, { status: 'complete', url: null, payment_status, payment_intent: id('pi') });
  }

  #refund({ payment_intent }, key) {
    if (this.refunds.some((refund) => refund.payment_intent === payment_intent))
      throw new Refused('Charge has already been refunded.', { code: 'charge_already_refunded' });
    const refund = { id: id('re'), object: 'refund', payment_intent, status: 'succeeded', key };
    this.refunds.push(refund);
    return refund;
  }

  // What Stripe posts to the webhook.
  event(type, session, { secret = this.webhook_secret, at_s = now_s(), altered = (body) => body } = {}) {
    const body = JSON.stringify({ id: id('evt'), object: 'event', type, created: now_s(), data: { object: session } });
    const signature = createHmac('sha256', secret).update(`${at_s}.${body}`).digest('hex');
    return { method: 'POST', body: altered(body), headers: { 'content-type': 'application/json', 'stripe-signature': `t=${at_s},v1=${signature}` } };
  }
}
