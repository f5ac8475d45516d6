import type { RunningService } from '@replicante/service';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
/** From then on it is said what is waited for. */
const QUIET_MS = 5_000;

/**
 * Waits until each service says that it is ready; false when aborted before. A fresh suite still makes its read models
 * when it is up, and whoever asked them meanwhile would be refused.
 */
export async function untilReady(
  services: readonly RunningService[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<boolean> {
  const began = performance.now();
  let said: string | undefined;
  while (!signal.aborted) {
    const answers = await Promise.all(
      services.map(async ({ name, probes }) => ({ name, ...(await probes.readiness()) })),
    );
    const waiting = answers.filter(answer => !answer.ready);
    if (waiting.length === 0) return true;
    const why = waiting.flatMap(({ name, checks }) =>
      checks.flatMap(check => (check.ok ? [] : `${name} (${check.name}: ${check.message ?? 'not ready'})`)),
    );
    const text = `waits for ${why.join(', ')}`;
    if (text !== said && performance.now() - began > QUIET_MS) {
      said = text;
      say(text);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
  return false;
}
