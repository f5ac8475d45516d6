import { describe, expect, it } from '@jest/globals';
import { memoryEventStore } from '@replicante/event-store-memory';
import { SnapshotStoreError } from '@replicante/snapshot-store';
import type { Snapshot, SnapshotStore } from '@replicante/snapshot-store';
import { memorySnapshotStore } from '@replicante/snapshot-store-memory';
import { eventually } from '@replicante/testing';
import { commandIdAt, counter, counterHandler, steppingClock, tools } from './counter.fixture.js';
import type { Add, Added, Counter } from './counter.fixture.js';
import type { CommandHandler } from './command-handler.js';
import type { CommandResult } from './handling.js';
import type { HandlingObserver, SnapshotOutcome } from './observer.js';
import { Snapshots } from './snapshots.js';
import { StreamFolds } from './stream-folds.js';

const START = Date.UTC(2026, 0, 1);
const EVERY = 200;
type Result = CommandResult<{ total: number; ids: readonly string[] }>;

let started = 0;

class Process {
  readonly outcomes: SnapshotOutcome[] = [];
  readonly faults: string[] = [];
  /** Each begins a minute after the one before it. */
  readonly clock = steppingClock(START + (started += 1) * 60_000);
  read = 0;
  readonly snapshots: Snapshots;
  readonly #handler: CommandHandler<
    Counter,
    Add,
    Added,
    { eventId: (index: number) => string },
    { total: number; ids: readonly string[] }
  >;

  /** What remains of another: the event store and the snapshots. */
  constructor(
    store = memoryEventStore(),
    snapshots: SnapshotStore = memorySnapshotStore(),
    evolveVersion = 1,
  ) {
    const observer: HandlingObserver = {
      eventsRead: count => void (this.read += count),
      snapshot: (outcome, fault) => {
        this.outcomes.push(outcome);
        if (fault) this.faults.push(fault.because);
      },
    };
    this.snapshots = new Snapshots({
      snapshots,
      store,
      evolveVersion,
      tools: { clock: this.clock, wait: tools(this.clock).wait },
      observer,
      every: EVERY,
    });
    const folding = { ...counter, knows: (type: string) => type === 'test.Added.v1' };
    const folds = new StreamFolds({ store, folding, observer, snapshots: this.snapshots });
    this.#handler = counterHandler(store, this.clock, { folds });
  }

  add(times: number, commandId = commandIdAt(this.clock.at), streamId = 's'): Promise<Result> {
    return this.#handler.handle({
      streamId,
      command: { type: 'Add', data: { name: `n${times}`, times } },
      metadata: { commandId, correlationId: 'c', actor: { kind: 'anonymous', verified: false } },
    });
  }

  async written(count = 1): Promise<void> {
    await eventually(() => (this.outcomes.filter(o => o === 'written').length >= count ? true : undefined), {
      within: 5_000,
    });
  }
}

/** A process that has left 300 events of stream `s` and a snapshot of some. */
async function left(): Promise<{
  store: ReturnType<typeof memoryEventStore>;
  snapshots: SnapshotStore;
  ids: string[];
}> {
  const store = memoryEventStore();
  const snapshots = memorySnapshotStore();
  const process = new Process(store, snapshots);
  const ids: string[] = [];
  for (let n = 0; n < 6; n += 1) {
    ids.push(commandIdAt(process.clock.at));
    await process.add(50, ids[n]);
  }
  await process.written();
  return { store, snapshots, ids };
}
/** Texts of what is kept of `s`, changed. */
const changed = async (
  snapshots: SnapshotStore,
  change: (kept: Snapshot) => Partial<Snapshot>,
): Promise<void> => {
  const kept = await snapshots.load('s', 1);
  if (!kept) throw new Error('nothing is kept');
  const snapshot = { ...kept, commands: kept.commands() };
  await snapshots.save({ ...snapshot, ...change(snapshot) });
};

describe('a process that goes on from another’s snapshot', () => {
  it('reads a page, and then the tail alone', async () => {
    const { store, snapshots } = await left();
    const next = new Process(store, snapshots);
    expect(await next.add(1)).toMatchObject({ accepted: true, answer: { total: 301 }, revision: 300 });
    expect(next.outcomes).toEqual(['used']);
    const { revision = -1 } = (await snapshots.load('s', 1)) ?? {};
    expect(revision).toBeGreaterThan(150);
    // The page that told that the stream is long, the snapshot's own event, and those after it.
    expect(next.read).toBe(100 + 1 + (299 - revision));
  });

  it('knows the commands of the other: repeats, and ids that are used again', async () => {
    const { store, snapshots, ids } = await left();
    const next = new Process(store, snapshots);
    await next.add(1);
    for (const [n, id] of ids.entries())
      expect(await next.add(50, id)).toMatchObject({ repeated: true, answer: { total: (n + 1) * 50 } });
    expect(await next.add(2, ids[0])).toMatchObject({ rejection: { code: 'COMMAND_ID_REUSED' } });
  });

  it('never asks for one of a short stream', async () => {
    const process = new Process();
    await process.add(90);
    const next = new Process(undefined, {
      load: () => Promise.reject(new Error('was asked')),
      save: () => Promise.reject(new Error('was asked')),
      close: () => Promise.resolve(),
    });
    await next.add(90);
    await next.add(1);
    expect(next.outcomes).toEqual([]);
  });

  it('reads all when it evolves events otherwise', async () => {
    const { store, snapshots } = await left();
    const next = new Process(store, snapshots, 2);
    expect(await next.add(1)).toMatchObject({ answer: { total: 301 } });
    expect(next.read).toBe(300);
  });
});

describe('a snapshot that does not fit its stream', () => {
  it.each<[string, (kept: Snapshot) => Partial<Snapshot>, RegExp]>([
    ['is of another event store', () => ({ storeIdentity: 'another' }), /of another event store/],
    ['names another event', () => ({ eventId: 'another' }), /holds another event at revision \d+/],
    ['lies beyond the end', () => ({ revision: 5_000 }), /ends before revision 5000/],
  ])('is ignored, and said once: it %s', async (_what, change, because) => {
    const { store, snapshots } = await left();
    await changed(snapshots, change);
    const next = new Process(store, snapshots);
    expect(await next.add(1)).toMatchObject({ answer: { total: 301 }, revision: 300 });
    expect(next.read).toBe(300);
    expect(next.outcomes[0]).toBe('ignored');
    expect(next.faults).toEqual([expect.stringMatching(because)]);
    next.snapshots.ignore('s', 'again');
    expect(next.faults).toHaveLength(1);
    // And the next one stands in its place.
    await next.written();
    expect(await snapshots.load('s', 1)).toMatchObject({ revision: 299 });
  });

  it.each<[string, (kept: Snapshot) => Partial<Snapshot>]>([
    ['another format', ({ state }) => ({ state: state.replace('"format":1', '"format":0') })],
    ['no text of ours', () => ({ state: 'x' })],
  ])('is passed over when it is of %s', async (_what, change) => {
    const { store, snapshots } = await left();
    await changed(snapshots, change);
    const next = new Process(store, snapshots);
    expect(await next.add(1)).toMatchObject({ answer: { total: 301 } });
    expect(next.read).toBe(300);
  });

  it('costs one command when only its commands cannot be read, and nothing after it', async () => {
    const { store, snapshots, ids } = await left();
    await changed(snapshots, () => ({ commands: '[' }));
    const next = new Process(store, snapshots);
    expect(await next.add(1)).toMatchObject({ answer: { total: 301 } });
    await expect(next.add(50, ids[0])).rejects.toThrow();
    expect(await next.add(50, ids[0])).toMatchObject({ repeated: true, answer: { total: 50 } });
    expect(next.outcomes).toContain('load_failed');
  });
});

describe('while the snapshot store is away', () => {
  const away: SnapshotStore = {
    load: () => Promise.reject(new SnapshotStoreError('away')),
    save: () => Promise.reject(new SnapshotStoreError('away')),
    close: () => Promise.resolve(),
  };

  it('commands go on; failures are counted, and told once', async () => {
    const { store } = await left();
    const process = new Process(store, away);
    for (let n = 0; n < 5; n += 1) expect(await process.add(n)).toMatchObject({ accepted: true });
    await eventually(() => (process.outcomes.includes('write_failed') ? true : undefined), { within: 5_000 });
    await process.snapshots.stop(1_000);
    expect(process.outcomes.filter(o => o === 'load_failed')).toHaveLength(1);
    expect(process.faults).toEqual(['away', 'away']);
  });

  it('a write that failed is tried again after as many events, not at every command', async () => {
    const process = new Process(undefined, away);
    await process.add(250);
    for (let n = 0; n < 5; n += 1) await process.add(1);
    await eventually(() => (process.outcomes.includes('write_failed') ? true : undefined), { within: 5_000 });
    for (let n = 0; n < 5; n += 1) await process.add(1);
    expect(process.outcomes.filter(o => o === 'write_failed')).toHaveLength(1);
  });
});

describe('snapshots are written', () => {
  /** Counts what is saved at once, per stream and in all. */
  const watched = () => {
    const inner = memorySnapshotStore();
    const seen = { now: 0, most: 0, saved: [] as { streamId: string; revision: number }[] };
    const store: SnapshotStore = {
      ...inner,
      load: (streamId, version) => inner.load(streamId, version),
      close: () => inner.close(),
      save: async snapshot => {
        seen.most = Math.max(seen.most, (seen.now += 1));
        await Promise.resolve();
        await inner.save(snapshot);
        seen.now -= 1;
        seen.saved.push({ streamId: snapshot.streamId, revision: snapshot.revision });
      },
    };
    return { seen, store };
  };

  it('after so many events of a stream, one at a time', async () => {
    const { seen, store } = watched();
    const process = new Process(undefined, store);
    for (const streamId of ['a', 'b', 'c']) await process.add(EVERY, undefined, streamId);
    expect(seen.saved).toEqual([]);
    await Promise.all(['a', 'b', 'c'].map(streamId => process.add(1, undefined, streamId)));
    await process.written(3);
    for (let n = 0; n < 3; n += 1) await process.add(50, undefined, 'a');
    await process.snapshots.stop(0);
    expect(seen.most).toBe(1);
    expect(seen.saved.map(s => `${s.streamId} ${s.revision}`).sort()).toEqual(['a 199', 'b 199', 'c 199']);
  });

  it('at the stop, for tails that are long, the longest first', async () => {
    const { seen, store } = watched();
    const process = new Process(undefined, store);
    for (const [streamId, times] of [
      ['short', 99],
      ['long', 120],
      ['longer', 150],
    ] as const) {
      await process.add(times, undefined, streamId);
      await process.add(0, undefined, streamId);
    }
    await process.snapshots.stop(60_000);
    expect(seen.saved).toEqual([
      { streamId: 'longer', revision: 149 },
      { streamId: 'long', revision: 119 },
    ]);
  });

  it('at the stop no longer than there is time', async () => {
    const { seen, store } = watched();
    const process = new Process(undefined, store);
    for (let n = 0; n < 20; n += 1) {
      await process.add(120, undefined, `s${n}`);
      await process.add(0, undefined, `s${n}`);
    }
    // The clock moves by a millisecond whenever it is read.
    await process.snapshots.stop(5);
    expect(seen.saved.length).toBeGreaterThan(0);
    expect(seen.saved.length).toBeLessThan(20);
  });

  it('not after the stop', async () => {
    const { seen, store } = watched();
    const process = new Process(undefined, store);
    await process.snapshots.stop(1_000);
    await process.add(EVERY);
    await process.add(1);
    await process.snapshots.stop(0);
    expect(seen.saved).toEqual([]);
  });

  it('as ever: other texts need another format, or another evolve version', async () => {
    const snapshots = memorySnapshotStore();
    const process = new Process(undefined, snapshots);
    const id = (n: number): string => `019b76da-a800-7000-800${n}-000000000000`;
    expect(await process.add(2, id(1))).toMatchObject({ accepted: true });
    await process.add(119, id(2));
    await process.add(0, id(3));
    await process.snapshots.stop(1_000);
    expect([process.outcomes, process.faults]).toEqual([['written'], []]);
    const kept = await snapshots.load('s', 1);
    const [header, ...state] = (kept?.state ?? '').split('\n');
    const commands = kept?.commands() ?? '';
    expect(JSON.parse(header ?? '')).toEqual({
      format: 1,
      commands: 2,
      highest: id(2),
    });
    expect(JSON.parse(state.join('\n'))).toMatchObject({ value: { total: 121 }, maps: [], sets: [] });
    expect((JSON.parse(commands) as unknown[][]).map(row => row.slice(0, 4))).toEqual([
      [id(1), 2, 1, '00000000000000000002'],
      [id(2), 119, 120, '00000000000000000121'],
    ]);
    expect((JSON.parse(commands) as unknown[][])[0]?.slice(5)).toEqual([
      '{"data":{"name":"n2","times":2},"type":"Add"}',
      { total: 2, ids: [expect.any(String), expect.any(String)] },
    ]);
  });
});
