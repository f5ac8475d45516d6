import type { ActionHandler } from './handler.js';
import { asRecord, failed } from './handler.js';

const TEN_MINUTES = 600;
const DEFAULT_TARGET = 10;

export const testSuccess: ActionHandler = {
  kind: 'core.replicante.io/test.success',
  summary: 'Succeeds at once',
  timeoutSeconds: TEN_MINUTES,
  invoke: () => ({ state: 'DONE' }),
};

export const testFail: ActionHandler = {
  kind: 'core.replicante.io/test.fail',
  summary: 'Fails at once',
  timeoutSeconds: TEN_MINUTES,
  invoke: () => failed('This action fails by design'),
};

export const testLoop: ActionHandler = {
  kind: 'core.replicante.io/test.loop',
  summary: 'Counts one per cycle up to args.target',
  timeoutSeconds: TEN_MINUTES,
  invoke: (_cycle, action) => {
    const target = asRecord(action.args)['target'] ?? DEFAULT_TARGET;
    if (typeof target !== 'number' || !Number.isInteger(target))
      return failed('args.target must be a whole number', `got ${JSON.stringify(target)}`);
    const before = asRecord(action.state_payload)['count'];
    const count = (typeof before === 'number' ? before : 0) + 1;
    return {
      state: count >= target ? 'DONE' : 'RUNNING',
      payload: { count, target },
      waits: { reason: 'ORCHESTRATOR_ACTION_IN_PROGRESS', message: `Counts to ${target}` },
    };
  },
};
