import { eventually, startProcess } from '@replicante/testing';
import type { StuckConsumer } from './task-queue-harness.js';

/**
 * Starts a module as a process that consumes and never ends what it takes. It prints `{"ready":true}`, then
 * `{"started":"<task id>"}`, then `{"aborted":true}` when the task's signal aborts.
 */
export async function startStuckConsumerProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<StuckConsumer> {
  const child = await startProcess({
    command: process.execPath,
    args,
    env: { ...env, NODE_OPTIONS: '' },
    ready: /"ready"/,
  });
  return {
    started: () =>
      eventually(() => /"started":"([^"]+)"/.exec(child.stdout())?.[1], {
        within: 15_000,
        what: 'a task started',
      }),
    aborted: async () => child.stdout().includes('"aborted"'),
    freeze: () => {
      child.freeze();
    },
    thaw: () => {
      child.thaw();
    },
    kill: async () => {
      await child.kill();
    },
  };
}
