import type { Proof } from './proof.js';

const REASONS = new Set(['executed', 'superseded', 'expired', 'abandoned', 'dead_lettered', 'deadLettered']);

/** Every task ended in exactly one way, or is there still. */
export const tasks: Proof = {
  number: '5a',
  title: 'every task ended as exactly one of five, or waits',
  unprovable: evidence => (evidence.tasks ? undefined : 'the queue did not answer'),
  violations: evidence => {
    if (!evidence.tasks) return [];
    const { enqueued, depth, ended } = evidence.tasks;
    const sum = Object.values(ended).reduce((a, b) => a + b, 0);
    const unknown = Object.keys(ended).filter(reason => !REASONS.has(reason));
    return [
      ...(enqueued === sum + depth
        ? []
        : [`${enqueued} were enqueued; ${sum} ended and ${depth} are there, which is ${sum + depth}`]),
      ...(enqueued > 0 ? [] : ['no task was ever enqueued']),
      ...unknown.map(reason => `${ended[reason]} ended as "${reason}"`),
    ];
  },
};
