import type { Json } from '@replicante/kernel';
import type { ActionHandler } from './action-handler.js';

const DEFAULT_TARGET = 10;

const fieldOf = (value: Json, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;

/** §5.5. */
export const builtInActions: readonly ActionHandler[] = [
  { kind: 'agent.replicante.io/test.success', invoke: async () => ({ phase: 'DONE' }) },
  {
    kind: 'agent.replicante.io/test.fail',
    invoke: async () => ({
      phase: 'FAILED',
      error: { update: { error: true, error_msg: 'this action always fails' } },
    }),
  },
  {
    kind: 'agent.replicante.io/test.loop',
    invoke: async action => {
      const target = fieldOf(action.args, 'target') ?? DEFAULT_TARGET;
      if (typeof target !== 'number' || !Number.isSafeInteger(target))
        throw new Error('args.target is not an integer');
      const counted = fieldOf(action.payload, 'count');
      const count = (typeof counted === 'number' ? counted : 0) + 1;
      return { phase: count >= target ? 'DONE' : 'RUNNING', payload: { update: { count, target } } };
    },
  },
];
