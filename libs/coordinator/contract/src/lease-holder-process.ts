import { eventually, startProcess } from '@replicante/testing';
import { fileURLToPath } from 'node:url';
import type { HolderState, SuspendableHolder } from './coordinator-harness.js';

/** For `node --import`: plain Node then runs our TypeScript as Jest does. */
export const typescriptHooks = fileURLToPath(new URL('typescript-hooks.mjs', import.meta.url));

/**
 * Starts a TypeScript module as a process that holds one lease, speaking lines of JSON: it prints `{"epoch","token"}`
 * once it has the lease, and answers each line on its input with a `HolderState`.
 */
export async function startLeaseHolderProcess(
  module: string,
  env: Readonly<Record<string, string>>,
): Promise<SuspendableHolder> {
  const child = await startProcess({
    command: process.execPath,
    args: ['--no-warnings', '--import', typescriptHooks, module],
    env: { ...env, NODE_OPTIONS: '' },
    ready: /"token"/,
  });
  const lines = (): string[] => child.stdout().split('\n').filter(Boolean);
  const first: unknown = JSON.parse(lines()[0] ?? 'null');
  if (!isGrant(first)) throw new Error(`the lease holder printed ${JSON.stringify(first)}`);
  let asked = 0;
  return {
    ...first,
    async state() {
      child.write('state\n');
      const mine = ++asked;
      const line = await eventually(() => lines()[mine], {
        within: 10_000,
        every: 5,
        what: 'the holder answers',
      });
      const state: unknown = JSON.parse(line);
      if (!isState(state)) throw new Error(`the lease holder answered ${line}`);
      return state;
    },
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

function isGrant(value: unknown): value is { epoch: number; token: number } {
  return typeof value === 'object' && value !== null && 'epoch' in value && 'token' in value;
}

function isState(value: unknown): value is HolderState {
  return typeof value === 'object' && value !== null && 'lost' in value && 'remainingMs' in value;
}
