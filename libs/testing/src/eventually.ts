import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@replicante/processes';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  /** Milliseconds until it fails. */
  readonly within: number;
  /** Milliseconds between probes; default 50. */
  readonly every?: number;
  /** What is waited for, for the message. */
  readonly what?: string;
}

/**
 * Probes until the probe answers something (anything but `false`, `null` and `undefined`) without throwing, and answers
 * that. A probe made of expectations ends with `return true`. The failure prints the last answer or error it saw.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  options: EventuallyOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const begun = performance.now();
  let last = 'nothing yet';
  for (let times = 1; ; times++) {
    try {
      const answer = await beforeEnd(probe, begun + options.within - performance.now());
      if (isSomething(answer)) return answer;
      last = `answered ${inspect(answer)}${answer === undefined ? ' (answer a value, or true after expectations)' : ''}`;
    } catch (error) {
      if (!(error instanceof ProbeHung) || times === 1) last = describe(error);
    }
    if (performance.now() - begun >= options.within) {
      const what = options.what ? `${options.what}: ` : '';
      throw new Error(`${what}not within ${options.within} ms (${times} probes); the last probe ${last}`);
    }
    await delay(options.every ?? 50);
  }
}

class ProbeHung extends Error {}

/** A probe that hangs (a frozen server) must not hide what was waited for behind the test's own time-out. */
async function beforeEnd<T>(probe: () => T | Promise<T>, leftMs: number): Promise<T> {
  const stop = new AbortController();
  const hung = delay(Math.max(leftMs, 0), undefined, { signal: stop.signal }).then(
    () => Promise.reject(new ProbeHung('did not come back')),
    () => new Promise<never>(() => undefined), // aborted: the probe has answered
  );
  try {
    return await Promise.race([probe(), hung]);
  } finally {
    stop.abort();
  }
}

function isSomething<T>(answer: T): answer is Exclude<T, false | null | undefined> {
  return answer !== false && answer !== null && answer !== undefined;
}

function describe(error: unknown): string {
  return `threw ${messageOf(error)}`;
}
