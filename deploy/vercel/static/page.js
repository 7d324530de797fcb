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
