import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again until the probe answers something; throws with `what` and the last failure when it does not within `withinMs`.
 * A probe that throws has no answer yet: the system under faults is down now and then.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  probe: () => Promise<T | false | undefined> | T | false | undefined,
  everyMs = 50,
): Promise<T> {
  const end = performance.now() + withinMs;
  let last = 'it was not so';
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== false && answer !== undefined) return answer;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (performance.now() > end) throw new Error(`not within ${Math.round(withinMs)} ms: ${what} (${last})`);
    await delay(everyMs);
  }
}
