import { describe, expect, it } from '@jest/globals';
import type { TailRead, TailRow } from './tail-reader.js';
import { TailReader } from './tail-reader.js';

const row = (read: number, streamId: string, revision: number): TailRow => [
  String(read),
  '7',
  streamId,
  String(revision),
  '00000000-0000-4000-8000-000000000000',
  'test.Happened.v1',
  {},
  {
    commandId: 'c',
    correlationId: 'c',
    actor: { kind: 'system', component: 't', verified: true },
    recordedAt: '',
  },
];

/** Answers when it is told to. */
function held() {
  const sent: {
    readonly reads: readonly TailRead[];
    readonly answer: (rows: readonly TailRow[] | Error) => void;
  }[] = [];
  const reader = new TailReader(
    reads =>
      new Promise((resolve, reject) => {
        sent.push({ reads, answer: rows => (rows instanceof Error ? reject(rows) : resolve(rows)) });
      }),
    { statementsInFlight: 1, readsPerStatement: 3 },
  );
  return { sent, reader };
}
const turn = () => new Promise<void>(resolve => setImmediate(() => resolve()));

describe('tails of many streams', () => {
  it('that are asked for together are read by one statement, alike ones once', async () => {
    const { sent, reader } = held();
    const asked = ['a', 'b', 'a'].map(streamId => reader.read({ streamId, from: 0 }));
    await turn();
    expect(sent.map(({ reads }) => reads.map(read => read.streamId))).toEqual([['a', 'b']]);
    sent[0]?.answer([row(1, 'a', 0), row(2, 'b', 0), row(2, 'b', 1)]);
    const events = await Promise.all(asked);
    expect(events.map(of => of.map(event => `${event.streamId}@${event.revision}`))).toEqual([
      ['a@0'],
      ['b@0', 'b@1'],
      ['a@0'],
    ]);
  });

  it('never join a statement that began before they were asked for', async () => {
    const { sent, reader } = held();
    const first = reader.read({ streamId: 'a', from: 0 });
    await turn();
    const second = reader.read({ streamId: 'a', from: 0 });
    await turn();
    expect(sent).toHaveLength(1);
    sent[0]?.answer([]);
    expect(await first).toEqual([]);
    await turn();
    expect(sent).toHaveLength(2);
    sent[1]?.answer([row(1, 'a', 0)]);
    expect(await second).toHaveLength(1);
  });

  it('fail together when their statement fails; the next ones are read', async () => {
    const { sent, reader } = held();
    const asked = ['a', 'b'].map(streamId => reader.read({ streamId, from: 0 }));
    const outcomes = Promise.allSettled(asked);
    await turn();
    sent[0]?.answer(new Error('gone'));
    expect((await outcomes).map(outcome => outcome.status)).toEqual(['rejected', 'rejected']);
    const next = reader.read({ streamId: 'a', from: 4 });
    await turn();
    sent[1]?.answer([]);
    expect(await next).toEqual([]);
  });
});
