'use client';
// A button that buys, and says what happens: <BuyTickets product_id={101} most={4} />
import { useEffect, useRef, useState } from 'react';
import { begun, buy, forget, give_back, outcome } from '../lib/buy.js';

const time = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function words(told) {
  switch (told.state) {
    case undefined: return told.title ? [told.title, told.detail].filter(Boolean).join(': ') : 'Nobody could say. Try again.';
    case 'asking': return 'Asking for your tickets…';
    case 'not_open': return `Not open yet. ${told.at ? `It opens at ${time(told.at)}; ` : ''}this page asks for you then.`;
    case 'held_out': return `${told.left ? `Only ${told.left} left. The others` : 'All'} are held by buyers who are about to pay. ` +
      `${told.at ? `The next may come free at ${time(told.at)}; ` : ''}this page keeps asking.`;
    case 'held': return `Held for you until ${time(told.expires_at)}.`;
    case 'sold': return `Paid. Order ${told.order_id} is yours.`;
    case 'pending': return 'Your bank is still working on the payment.';
    case 'refund': // paid too late, and on its way back
    case 'refunded': return 'The payment came too late and none was left: your money goes back.';
    case 'lapsed': return 'Not paid in time: the tickets have gone back.';
    case 'cancelled': return 'You gave the tickets back.';
  }
}

export default function BuyTickets({ product_id, most = 1 }) {
  const [told, setTold] = useState();
  const stop = useRef();
  const busy = ['asking', 'not_open', 'held_out'].includes(told?.state);

  // One task at a time; its end is shown unless another one has begun.
  async function run(task) {
    stop.current?.abort();
    const { signal } = (stop.current = new AbortController());
    try {
      const end = await task(signal);
      if (!signal.aborted) setTold(end);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  const ask = (wish) => run(async (signal) => {
    const end = await buy(wish, setTold, signal);
    if (end.url) location.assign(end.url);
    return end;
  });
  const look = (session_id) => run(async (signal) => {
    const end = await outcome(session_id, signal);
    if (end.state && end.state !== 'held') forget(product_id);
    return end;
  });

  // After a reload, and on the way back from Stripe, goes on where it was.
  useEffect(() => {
    const resume = () => {
      const kept = begun(product_id);
      const session_id = kept ? kept.session_id : new URLSearchParams(location.search).get('session_id');
      if (session_id) look(session_id);
      else if (kept) ask(kept.wish);
    };
    const shown = (event) => event.persisted && resume();
    resume();
    addEventListener('pageshow', shown);
    return () => { removeEventListener('pageshow', shown); stop.current?.abort(); };
  }, [product_id]);

  function submit(event) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    ask({ product_id, quantity: Number(form.get('quantity')), buyer: form.get('buyer') });
  }

  return (
    <form onSubmit={submit}>
      <label>E-mail <input name="buyer" type="email" autoComplete="email" maxLength={200} required /></label>
      <label>Tickets <input name="quantity" type="number" min={1} max={most} defaultValue={1} required /></label>
      {told?.state === 'held' ? (
        <>
          <a href={told.url}>Pay now</a>
          <button type="button" onClick={() => run((signal) => give_back(product_id, signal))}>Give them back</button>
        </>
      ) : <button disabled={busy}>Buy</button>}
      <p role="status">{told && words(told)}</p>
    </form>
  );
}
