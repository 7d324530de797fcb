// Fills in this deployment's own address, and adds the buttons that need a
// script to work.
'use strict';

for (const place of document.querySelectorAll('.origin'))
  if (location.protocol.startsWith('http')) place.textContent = location.origin;

for (const place of document.querySelectorAll('.key'))
  if (self.crypto?.randomUUID) place.textContent = crypto.randomUUID();

for (const example of document.querySelectorAll('.example')) {
  const button = document.createElement('button');
  const label = 'Copy';

  button.type = 'button';
  button.textContent = label;
  button.setAttribute('aria-describedby', example.querySelector('pre').getAttribute('aria-labelledby'));
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(example.querySelector('code').textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(example.querySelector('code'));
      button.textContent = 'Selected: copy it with your keyboard';
    }
    setTimeout(() => { button.textContent = label; }, 2500);
  });
  if (navigator.clipboard) example.append(button);
}

const check = document.getElementById('check');
const health = document.getElementById('health');

async function ask() {
  health.textContent = 'Asking…';
  try {
    const answer = await fetch('/api/health', { signal: AbortSignal.timeout(15000) });
    const { kv, database, time_limit } = await answer.json();
    health.textContent = answer.ok
      ? 'Ready: a sale could succeed.'
      : `Not ready: store ${kv ?? 'unknown'}, database ${database ?? 'unknown'}, time limit ${time_limit ?? 'unknown'}.`;
  } catch {
    health.textContent = 'The function does not answer. Its log says why.';
  }
}

if (location.protocol.startsWith('http')) {
  check.hidden = false;
  check.addEventListener('click', ask);
}

// Ask until there is an answer that asking again does not change; as in README.md.
async function buy(wish, key = crypto.randomUUID()) {
  for (let tries = 0; tries < 60; tries++) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const body = JSON.stringify(wish);
    const answer = await fetch('/api/purchase', { method: 'POST', headers, body }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (told && !told.retry_after_ms && ![429, 502, 504].includes(answer.status)) return { ...told, status: answer.status };
    await new Promise((wake) => { setTimeout(wake, told?.retry_after_ms ?? 1000 + 1000 * Math.random()); });
  }
}

const order = document.getElementById('order');
const told = document.getElementById('told');

function describe(answer) {
  if (!answer) return 'Nobody could say. Ask again later.';
  if (answer.status < 300) return `Order ${answer.order_id} is yours.`;
  return [answer.title ?? `Status ${answer.status}`, answer.detail].filter(Boolean).join(': ');
}

if (location.protocol.startsWith('http')) {
  order.hidden = false;
  order.addEventListener('submit', async (event) => {
    event.preventDefault();
    const wish = { product_id: Number(order.elements.product.value), buyer: order.elements.buyer.value };
    told.textContent = 'Asking…';
    order.elements.send.disabled = true;
    told.textContent = describe(await buy(wish));
    order.elements.send.disabled = false;
  });
}
