import { describe, expect, it } from '@jest/globals';
import type { ErrorCode } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';
import { pause } from '@replicante/service';
import { eventually } from '@replicante/testing';
import { OutcomeOutbox } from './outcome-outbox.js';

/** `command`'s surface: takes or refuses as told, and remembers what it was sent. */
function commandThat(answers: (ErrorCode | 'ok')[]) {
  const sent: { commandId: string; attemptId: string }[] = [];
  const dropped: { attemptId: string; reason: string }[] = [];
  const outbox = new OutcomeOutbox({
    control: {
      recordOutcome: async (_work, _cluster, { commandId, attemptId }) => {
        sent.push({ commandId, attemptId });
        const answer = answers.shift() ?? 'ok';
        if (answer !== 'ok') throw new RejectedError({ code: answer, message: answer });
      },
    },
    wait: (_ms, signal) => pause(1, signal),
    monotonicMs: () => performance.now(),
    onDropped: entry => void dropped.push(entry),
  });
  const record = (attemptId: string) =>
    outbox.record({
      work: { claim: { work: 'cycle', epoch: 1, token: 1, holder: 'h' }, correlationId: 'c' },
      ns_id: 'default',
      cluster_id: 'pg',
      attemptId,
      outcome: { kind: 'provision', result: 'not_sent' },
    });
  return { sent, dropped, outbox, record };
}

describe('the outbox of outcomes', () => {
  it('sends an outcome with one command id until it is acknowledged', async () => {
    const { sent, outbox, record } = commandThat([
      'SERVICE_UNAVAILABLE',
      'OUTCOME_UNKNOWN',
      'CONCURRENT_CHANGE',
      'ok',
    ]);
    await record('a');
    expect(outbox.size).toBe(1);
    await eventually(() => outbox.size === 0, { within: 2_000 });
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map(({ commandId }) => commandId)).size).toBe(1);
  });

  it('says which outcome will never be taken, and does not repeat it', async () => {
    const { sent, dropped, outbox, record } = commandThat(['CLUSTER_NOT_FOUND']);
    await record('a');
    expect({ sent: sent.length, held: outbox.size, dropped }).toEqual({
      sent: 1,
      held: 0,
      dropped: [{ attemptId: 'a', reason: 'CLUSTER_NOT_FOUND' }],
    });
  });

  it('tries each once more when the worker stops, and says what is left', async () => {
    const { dropped, outbox, record } = commandThat(
      Array.from({ length: 500 }, () => 'SERVICE_UNAVAILABLE' as const),
    );
    await record('a');
    await outbox.flush();
    expect(outbox.size).toBe(0);
    expect(dropped).toEqual([{ attemptId: 'a', reason: expect.stringContaining('stopped') }]);
  });
});
