import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WrittenLog, aRecord, idOf } from './a-log.fixture.js';
import { QueuePartition } from './queue-partition.js';
import type { WrittenPartition } from './queue-partition.js';
import { asQueueRecord, writtenTasks } from './queue-record.js';
import type { QueueRecord } from './queue-record.js';

describe('who gets a task', () => {
  it('is whose record stands first, once', () => {
    const log = new WrittenLog();
    log.enqueue(1);
    expect(log.take('a', [1])).toEqual({ 1: 1 });
    expect(log.take('b', [1])).toEqual({});
    log.settle('b', 1, 1, 'executed');
    expect(log.statistics()).toMatchObject({ running: 1, ended: { executed: 0 } });
    log.settle('a', 1, 1, 'executed');
    log.settle('a', 1, 1, 'executed');
    expect(log.statistics()).toMatchObject({ enqueued: 1, depth: 0, ended: { executed: 1 } });
  });

  it('is no owner from before the last claim', () => {
    const log = new WrittenLog();
    log.enqueue(1);
    log.write({ type: 'claim', grant: 7 });
    expect(log.take('old', [1], 6)).toEqual({});
    expect(log.take('new', [1], 7)).toEqual({ 1: 1 });
  });

  it('is nobody while another task of its key runs, nor before it is due, nor after it expired', () => {
    const log = new WrittenLog();
    log.enqueue(1, { key: 'one' });
    log.take('a', [1]);
    log.enqueue(2, { key: 'one' });
    log.enqueue(3, { delayMs: 100 });
    log.enqueue(4, { expiresInMs: 50 });
    log.stampMs += 60;
    expect(log.take('a', [2, 3, 4])).toEqual({});
    log.stampMs += 40;
    expect(log.take('a', [2, 3, 4])).toEqual({ 3: 1 });
  });
});

describe('a sweep', () => {
  it('believes the broker’s clock, not the one who asks for it', () => {
    const log = new WrittenLog();
    log.enqueue(1);
    log.enqueue(2, { expiresInMs: 3_000 });
    log.take('a', [1]);
    const sweep: QueueRecord = {
      type: 'sweep',
      maxAttempts: 3,
      silent: [{ id: idOf(1), attempt: 1 }],
      expired: [idOf(2)],
    };
    log.stampMs += 2_999;
    log.write(sweep);
    expect(log.statistics()).toMatchObject({ running: 1, depth: 2 });
    log.stampMs += 1;
    log.write(sweep);
    log.write(sweep);
    expect(log.statistics()).toMatchObject({ running: 0, depth: 1, ended: { expired: 1 } });
    expect(log.take('b', [1])).toEqual({ 1: 2 });
  });

  it('goes on after the broker’s clock was set back', () => {
    const log = new WrittenLog();
    log.enqueue(1);
    log.take('a', [1]);
    log.stampMs -= 300_000;
    log.write({ type: 'claim', grant: 1 });
    log.stampMs += 3_000;
    log.write({ type: 'sweep', maxAttempts: 1, silent: [{ id: idOf(1), attempt: 1 }], expired: [] });
    expect(log.statistics()).toMatchObject({ depth: 0, ended: { dead_lettered: 1 } });
  });
});

describe('what could run', () => {
  it('is shown oldest first; what replaces another takes its place in the line', () => {
    const log = new WrittenLog();
    for (const n of [1, 2]) {
      log.enqueue(n);
      log.stampMs += 10;
    }
    log.enqueue(3, { key: 'key-1' });
    const now = log.fold.clock.nowMs;
    expect(log.fold.peek(now)?.id).toBe(idOf(3));
    log.fold.pick();
    expect(log.fold.peek(now)?.id).toBe(idOf(2));
  });

  it('is shown again when it was put back, and not when it runs', () => {
    const log = new WrittenLog();
    log.enqueue(1);
    const row = log.fold.peek(log.fold.clock.nowMs);
    log.fold.pick();
    expect(log.fold.peek(log.fold.clock.nowMs)).toBeUndefined();
    if (row) log.fold.putBack(row);
    expect(log.fold.peek(log.fold.clock.nowMs)).toBe(row);
    log.take('a', [1]);
    if (row) log.fold.putBack(row);
    expect(log.fold.peek(log.fold.clock.nowMs)).toBeUndefined();
  });
});

describe('what is no task', () => {
  it.each([
    ['garbage', undefined],
    ['another version', { v: 2, type: 'enqueue', tasks: [] }],
    ['an unknown step', { v: 1, type: 'dance' }],
    ['a step with a wrong field', { v: 1, type: 'claim', grant: -1 }],
    [
      'a task with a wrong field',
      { v: 1, type: 'enqueue', tasks: [{ id: 'seven', kind: 'k', key: 'k', payload: 1 }] },
    ],
    ['somebody else’s message', ['hello']],
  ])('is counted as dead and kept to be looked at: %s', (_, value) => {
    const log = new WrittenLog();
    log.writeValue(value, 'ns:c');
    log.writeValue(value, 'ns:c');
    log.enqueue(1);
    expect(log.statistics()).toMatchObject({
      enqueued: 3,
      depth: 1,
      deadLetters: 1,
      ended: { dead_lettered: 2 },
    });
    expect(log.fold.letters.all()).toMatchObject([
      { key: 'ns:c', reason: 'TASK_UNREADABLE', occurrences: 2 },
    ]);
    expect(log.fold.isWorthTelling()).toBe(true);
    expect(log.fold.isWorthTelling()).toBe(false);
  });

  it('stays to be looked at when a task of the same key is executed', () => {
    const log = new WrittenLog();
    log.writeValue(undefined, 'ns:c');
    log.enqueue(1, { key: 'ns:c' });
    log.take('a', [1]);
    log.settle('a', 1, 1, 'executed');
    expect(log.fold.letters.all()).toMatchObject([{ key: 'ns:c', reason: 'TASK_UNREADABLE' }]);
  });

  it('is what a huge message is as well, shown in part; and a deletion', () => {
    const log = new WrittenLog();
    log.fold.apply(undefined, aRecord('x'.repeat(900_000), 0, log.stampMs));
    log.fold.apply(undefined, aRecord(null, 1, log.stampMs, 'k'));
    const [huge, deletion] = log.fold.letters.all();
    expect(huge).toMatchObject({ key: 'unreadable', payload: { bytes: 900_000, text: 'x'.repeat(65_536) } });
    expect(deletion).toMatchObject({ payload: { bytes: 0, text: null } });
  });

  it('is a task whose key belongs to another partition', () => {
    const fold = new QueuePartition(0, 16);
    const [text = ''] = writtenTasks([{ id: idOf(1), kind: 'k', key: 'foobar', payloadText: '1' }]);
    fold.apply(JSON.parse(text), aRecord(text, 0, 1));
    expect(fold.statistics(1)).toMatchObject({ depth: 0, ended: { dead_lettered: 1 } });
  });
});

const step = fc.oneof(
  fc.record({ type: fc.constant('enqueue' as const), n: fc.nat(11), delayMs: fc.constantFrom(0, 0, 40) }),
  fc.record({ type: fc.constant('expiring' as const), n: fc.nat(11) }),
  fc.record({
    type: fc.constant('take' as const),
    who: fc.constantFrom('a', 'b'),
    grant: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    type: fc.constant('settle' as const),
    who: fc.constantFrom('a', 'b'),
    n: fc.nat(11),
    attempt: fc.integer({ min: 1, max: 3 }),
    outcome: fc.constantFrom(
      'executed' as const,
      'abandoned' as const,
      'retry' as const,
      'released' as const,
    ),
  }),
  fc.record({ type: fc.constant('sweep' as const) }),
  fc.record({ type: fc.constant('requeue' as const) }),
  fc.record({ type: fc.constant('garbage' as const) }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: -100, max: 2_000 }) }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const ALL = Array.from({ length: 12 }, (_, n) => n);

/** What clients could write, as records: the choice of ids is the reader's, the verdict the log's. */
function written(log: WrittenLog, each: Step): unknown {
  const version = { v: 1 };
  switch (each.type) {
    case 'enqueue':
    case 'expiring': {
      const times = each.type === 'enqueue' ? { delayMs: each.delayMs } : { expiresInMs: 30 };
      const task = { id: idOf(each.n), kind: 'k', key: `key-${each.n % 4}`, payload: each.n, ...times };
      return { ...version, type: 'enqueue', tasks: [task] };
    }
    case 'take': {
      const { who: consumer, grant } = each;
      return {
        ...version,
        type: 'take',
        grant,
        consumer,
        call: 'c',
        ids: ALL.map(idOf),
        visibilityMs: 1_000,
      };
    }
    case 'settle': {
      const answer = {
        id: idOf(each.n),
        attempt: each.attempt,
        outcome: each.outcome,
        reason: 'R',
        backoffMs: 20,
      };
      return { ...version, type: 'settle', consumer: each.who, maxAttempts: 2, answers: [answer] };
    }
    case 'sweep': {
      const silent = ALL.flatMap(n => [1, 2, 3].map(attempt => ({ id: idOf(n), attempt })));
      return { ...version, type: 'sweep', maxAttempts: 2, silent, expired: ALL.map(idOf) };
    }
    case 'requeue':
      return { ...version, type: 'requeue', call: 'c', letter: log.fold.letters.all()[0]?.id ?? 'none' };
    default:
      return undefined;
  }
}

const asJson = (fold: QueuePartition): WrittenPartition =>
  JSON.parse(JSON.stringify(fold.written())) as WrittenPartition;

/** Maps keep the order in which keys came; the state does not depend on it. */
const stateOf = (fold: QueuePartition): unknown => {
  const { rows, ...rest } = asJson(fold);
  return { ...rest, rows: [...rows].sort((one, other) => (one.id < other.id ? -1 : 1)) };
};

describe('whatever is written', () => {
  it('every task is in the queue or ended in exactly one way, and one of a key runs', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const log = new WrittenLog();
        for (const each of steps) {
          if (each.type === 'wait') log.stampMs += each.ms;
          else log.writeValue(written(log, each));
          const { enqueued, depth, ended } = log.statistics();
          expect(Object.values(ended).reduce((sum, count) => sum + count, depth)).toBe(enqueued);
          const running = asJson(log.fold).rows.filter(({ consumer }) => consumer !== undefined);
          expect(new Set(running.map(({ key }) => key)).size).toBe(running.length);
        }
      }),
    );
  });

  it('a reader that began with a snapshot comes to the state of one that read it all', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(120), (steps, cut) => {
        const log = new WrittenLog();
        let late: WrittenLog | undefined;
        for (const [index, each] of steps.entries()) {
          if (index === cut) {
            late = new WrittenLog();
            late.stampMs = log.stampMs;
            late.offset = log.offset;
            late.fold.restore(asJson(log.fold));
          }
          for (const reader of late ? [log, late] : [log])
            if (each.type === 'wait') reader.stampMs += each.ms;
          const value = written(log, each);
          if (each.type === 'wait') continue;
          log.writeValue(value, `at ${index}`);
          late?.writeValue(value, `at ${index}`);
        }
        if (late) expect(stateOf(late.fold)).toEqual(stateOf(log.fold));
      }),
    );
  });
});

describe('tasks', () => {
  it('are written as they are, several to a record, and none too many', () => {
    const tasks = Array.from({ length: 500 }, (_, n) => ({
      id: idOf(n),
      kind: 'k',
      key: `ns:${n}`,
      delayMs: 1,
      payloadText: JSON.stringify({ n, text: '\u0000\ud800"\\' + 'x'.repeat(n) }),
    }));
    const records = writtenTasks(tasks);
    const read = records.flatMap(text => {
      const record = asQueueRecord(JSON.parse(text));
      return record.type === 'enqueue' ? record.tasks : [];
    });
    expect(read).toEqual(
      tasks.map(({ payloadText, ...task }) => ({ ...task, payload: JSON.parse(payloadText) as unknown })),
    );
    expect(Math.max(...records.map(text => text.length))).toBeLessThan(210_000);
  });
});
