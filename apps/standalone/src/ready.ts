import type { CheckResult } from '@replicante/service';
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_EVERY_MS = 25;
/** From then on it is said what is waited for. */
const QUIET_MS = 5_000;
/** As many reasons as a line can hold. */
const NAMED = 3;

/** A service in this process, or one elsewhere that is asked by its probe. */
export interface AskedService {
  readonly name: string;
  readonly probes: {
    readiness(): Promise<{ readonly ready: boolean; readonly checks: readonly CheckResult[] }>;
  };
}

/**
 * Waits until each service says that it is ready; false when aborted before. A fresh suite still makes its read models
 * when it is up, and whoever asked them meanwhile would be refused.
 */
export async function untilReady(
  services: readonly AskedService[],
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
    const more = why.length - NAMED;
    const text = `waits for ${why.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
    if (text !== said && performance.now() - began > QUIET_MS) {
      said = text;
      say(text);
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined); // aborted: the loop ends
  }
  return false;
}
