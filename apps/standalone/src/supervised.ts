import { setTimeout as delay } from 'node:timers/promises';
import { BackOff, type ExitStatus } from '@replicante/processes';

export interface SupervisedRun {
  /** Settles when it ended, however. */
  readonly ended: Promise<ExitStatus | 'gone'>;
}

export interface Supervised {
  /** Starts nothing more; what runs is left to its owner. */
  release(): void;
}

/**
 * Starts again what ended, after a back-off. A start that throws counts as ended at once and is said; nothing here
 * gives up: an operator sees the lines and may stop the suite.
 */
export function supervise(options: {
  readonly name: string;
  readonly first: SupervisedRun;
  readonly start: () => Promise<SupervisedRun>;
  readonly firstDelayMs: number;
  readonly say: (line: string) => void;
}): Supervised {
  const released = new AbortController();
  const backOff = new BackOff(options.firstDelayMs);

  const run = async (): Promise<void> => {
    let current: SupervisedRun | undefined = options.first;
    while (!released.signal.aborted) {
      const began = performance.now();
      if (current) {
        const status = await Promise.race([current.ended, aborted(released.signal)]);
        if (released.signal.aborted) return;
        options.say(`${options.name} ended (${describe(status)})`);
      }
      await delay(backOff.after(performance.now() - began), undefined, { signal: released.signal });
      current = await options.start().catch((error: unknown) => {
        options.say(
          `${options.name} could not be started: ${error instanceof Error ? error.message : String(error)}`,
        );
        return undefined;
      });
      if (current) options.say(`${options.name} runs again`);
    }
  };
  run().catch((error: unknown) => {
    if (!released.signal.aborted) options.say(`${options.name} is not supervised any more: ${String(error)}`);
  });
  return { release: () => released.abort() };
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }));

function describe(status: ExitStatus | 'gone' | undefined): string {
  if (status === undefined || status === 'gone') return 'gone';
  return status.signal ?? `exit code ${status.code ?? 'unknown'}`;
}
