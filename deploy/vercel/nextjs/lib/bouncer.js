// Asks the bouncer. For the server alone: BOUNCER_SECRET must not reach a browser.
import { setTimeout as sleep } from 'node:timers/promises';

// Longer than the function's own time limit, so that its answer is heard.
const TIMEOUT_MS = 16_000;

async function once(path, { method = 'POST', body, key }) {
  const headers = { Authorization: `Bearer ${process.env.BOUNCER_SECRET}` };
  if (body) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  try {
    const answer = await fetch(process.env.BOUNCER_URL + path, {
      method, headers, body: body && JSON.stringify(body), cache: 'no-store',
      redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, told: await answer.json() };
  } catch (error) {
    // No answer, or one of the platform that is no JSON: it may have been done.
    console.error(`${path}: ${error.cause?.message ?? error.message}`);
    const title = 'The bouncer gave no clear answer';
    return { status: 504, told: { title, status: 504, retry_after_ms: 500 + Math.floor(Math.random() * 1000) } };
  }
}

// Resolves to { status, told }, where told is the JSON that came. What says
// retry_after_ms is asked again until `tries` are used up: safe for confirm and
// cancel, and with a key for hold.
export async function ask(path, { tries = 1, ...request } = {}) {
  for (;;) {
    const answer = await once(path, request);
    if (answer.status === 401) console.error('The bouncer refuses BOUNCER_SECRET');
    if (--tries <= 0 || !answer.told.retry_after_ms) return answer;
    await sleep(answer.told.retry_after_ms);
  }
}

const SETTINGS = ['BOUNCER_URL', 'BOUNCER_SECRET', 'SHOP_URL', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET'];

// Whether a setting is missing; the log says which.
export function unset() {
  const missing = SETTINGS.filter((name) => !process.env[name]);
  if (missing.length) console.error(`Not set: ${missing.join(', ')}`);
  return missing.length > 0;
}

// A problem's word: "urn:bouncer:problem:sold-out" is "sold-out".
export const word = (told) => told.type?.split(':').pop();
