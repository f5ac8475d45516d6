import { afterEach, describe, expect, it } from '@jest/globals';
import type { EventStore, StoredEvent } from '@replicante/event-store';
import { memoryEventStore } from '@replicante/event-store-memory';
import { eventually } from '@replicante/testing';
import type { Checkpoint } from './checkpoint.js';
import { SubscriptionError } from './subscription-error.js';
import type { SinkBatch, SubscriptionSink } from './subscription-sink.port.js';
import { Subscription, type SubscriptionOptions } from './subscription.js';

interface Change {
  readonly key: string;
  readonly value: number;
}

/** Rows and checkpoint in one place, changed together. Refuses the values that it is told to. */
class RowsInMemory implements SubscriptionSink<Change> {
  rows = new Map<string, number>();
  saved: Checkpoint | undefined;
  dead: string[] = [];
  writes: SinkBatch<Change>[] = [];
  refuses = new Set<number>();
  outages = 0;

  async checkpoint(): Promise<Checkpoint | undefined> {
    return this.saved;
  }
  async write(batch: SinkBatch<Change>): Promise<void> {
    if (this.outages > 0) {
      this.outages -= 1;
      throw new Error('the rows cannot be reached');
    }
    if (batch.from !== this.saved?.position) throw new SubscriptionError('CHECKPOINT_MOVED', 'moved');
    const refused = batch.changes.find(c => this.refuses.has(c.value));
    if (refused) throw new SubscriptionError('CHANGES_REFUSED', `not ${refused.value}`);
    for (const { key, value } of batch.changes) this.rows.set(key, value);
    this.dead.push(...batch.deadLetters.map(d => d.event.id));
    this.writes.push(batch);
    this.saved = batch.to;
  }
  async record(): Promise<void> {}
}

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const project = (event: StoredEvent): readonly Change[] => {
  const data = event.data as { key: string; value: number };
  if (data.value < 0) throw new Error('no projection for negative values');
  return [data];
};

async function append(store: EventStore, stream: string, values: readonly number[], from = 0): Promise<void> {
  const metadata = {
    commandId: id(1),
    correlationId: id(1),
    actor: { kind: 'system', component: 'spec', verified: true } as const,
    recordedAt: '2026-01-01T00:00:00.000Z',
  };
  for (const [index, value] of values.entries()) {
    const revision = from + index;
    await store.append(stream, revision === 0 ? 'no_stream' : revision - 1, [
      {
        id: id(value < 0 ? 900 - value : value),
        type: 'spec.Set.v1',
        data: { key: stream, value },
        metadata,
      },
    ]);
  }
}

describe('a subscription', () => {
  const running: { stop: AbortController; done: Promise<void> }[] = [];
  const run = (options: SubscriptionOptions<Change>) => {
    const subscription = new Subscription(options);
    const stop = new AbortController();
    const done = subscription.run(stop.signal);
    running.push({ stop, done });
    return {
      subscription,
      stop: async () => {
        stop.abort();
        await done;
      },
    };
  };
  const base = { name: 'spec', project, foldKey: (c: Change) => c.key, backOffMs: { base: 5, max: 20 } };
  afterEach(async () => {
    for (const { stop } of running) stop.abort();
    await Promise.all(running.splice(0).map(r => r.done));
  });

  it('brings everything that was and everything that comes to the sink', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1, 2, 3]);
    run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 3, { within: 2_000 });
    await append(source, 'b', [4]);
    await eventually(() => sink.rows.get('b') === 4, { within: 2_000 });
    expect(sink.saved?.position).toBe(await source.head());
  });

  it('does nothing, and keeps no checkpoint, on an empty store', async () => {
    const sink = new RowsInMemory();
    const { subscription } = run({ ...base, source: memoryEventStore(), sink });
    await eventually(() => subscription.state().phase === 'running', { within: 2_000 });
    expect(sink.writes).toEqual([]);
  });

  it('folds a batch to the last change of each key', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1, 2, 3]);
    await append(source, 'b', [4, 5]);
    run({ ...base, source, sink });
    await eventually(() => sink.rows.size === 2, { within: 2_000 });
    expect(sink.writes[0]?.changes).toEqual([
      { key: 'a', value: 3 },
      { key: 'b', value: 5 },
    ]);
  });

  it('goes on from its checkpoint after a stop', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1]);
    const first = run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 1, { within: 2_000 });
    await first.stop();
    await append(source, 'a', [2], 1);
    const writes = sink.writes.length;
    run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 2, { within: 2_000 });
    expect(sink.writes.slice(writes).flatMap(w => w.changes)).toEqual([{ key: 'a', value: 2 }]);
  });

  it.each([
    ['the sink refuses', 4],
    ['the projection throws on', -4],
  ])('puts aside the one event that %s and takes the rest of its batch', async (_, poison) => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    sink.refuses.add(4);
    await append(source, 'a', [1, 2, 3]);
    await append(source, 'p', [poison]);
    await append(source, 'b', [5, 6, 7]);
    run({ ...base, source, sink });
    await eventually(() => sink.rows.get('b') === 7, { within: 2_000 });
    expect(sink.rows.get('a')).toBe(3);
    expect(sink.rows.has('p')).toBe(false);
    expect(sink.dead).toEqual([id(poison < 0 ? 900 - poison : poison)]);
    expect(sink.saved?.position).toBe(await source.head());
  });

  it('stops at a poison event when it rebuilds, and says which', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1]);
    await append(source, 'p', [-4]);
    let caughtUp = 0;
    const { subscription } = run({
      ...base,
      source,
      sink,
      rebuilding: true,
      onCaughtUp: async () => void (caughtUp += 1),
    });
    await eventually(() => subscription.state().phase === 'stopped', { within: 2_000 });
    expect(subscription.state().message).toContain('p@0');
    expect(sink.dead).toEqual([]);
    expect(caughtUp).toBe(0);
  });

  it('tells once that a rebuild caught up, and is live from there', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1, 2]);
    const caughtUpAt: (string | undefined)[] = [];
    const { subscription } = run({
      ...base,
      source,
      sink,
      rebuilding: true,
      onCaughtUp: async () => void caughtUpAt.push(sink.saved?.position),
    });
    await eventually(() => subscription.state().phase === 'running', { within: 2_000 });
    expect(caughtUpAt).toEqual([await source.head()]);
    await append(source, 'p', [-4]);
    await append(source, 'b', [5]);
    await eventually(() => sink.rows.get('b') === 5, { within: 2_000 });
    expect(sink.dead).toHaveLength(1);
    expect(caughtUpAt).toHaveLength(1);
  });

  it('takes what came while the work at the head was done, before it says that a rebuild caught up', async () => {
    const [real, sink] = [memoryEventStore(), new RowsInMemory()];
    let looks = 0;
    const source = { ...storeOf(real), head: () => ((looks += 1), real.head()) };
    await append(source, 'a', [1]);
    const order: string[] = [];
    const restarts: unknown[] = [];
    let attempts = 0;
    run({
      ...base,
      source,
      sink,
      rebuilding: true,
      batchSize: 2,
      // A head that is long behind while this works is no silence.
      watchdogMs: { every: 5, silent: 10 },
      onHeadReached: async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('the server was killed');
        await append(source, 'b', [2, 3, 4, 5, 6]);
        const before = looks;
        await eventually(() => looks > before + 5, { within: 2_000 });
        order.push(`indexes at ${sink.rows.get('b')}`);
      },
      onCaughtUp: async () => void order.push(`swap at ${sink.rows.get('b')}`),
      observer: { onRestart: error => restarts.push(error) },
    });
    await eventually(() => order.length === 2, { within: 2_000 });
    expect(order[0]).toBe('indexes at undefined');
    // A batch may be left.
    expect(['swap at 5', 'swap at 6', 'swap at 4']).toContain(order[1]);
    expect(restarts).toEqual([new Error('the server was killed')]);
    await eventually(() => sink.rows.get('b') === 6, { within: 2_000 });
  });

  it('comes back from an outage of the sink by itself and loses nothing', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    sink.outages = 3;
    await append(source, 'a', [1, 2, 3]);
    const { subscription } = run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 3, { within: 2_000 });
    expect(subscription.state().phase).toBe('running');
    expect(sink.dead).toEqual([]);
  });

  it('takes up the checkpoint that another instance moved', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1]);
    run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 1, { within: 2_000 });
    await append(source, 'b', [2]);
    run({ ...base, source, sink });
    await eventually(() => sink.rows.get('b') === 2, { within: 2_000 });
    await append(source, 'c', [3, 4]);
    await eventually(() => sink.rows.get('c') === 4, { within: 2_000 });
    expect(sink.dead).toEqual([]);
  });

  it.each<[string, (saved: Checkpoint) => Checkpoint]>([
    ['beyond the head', saved => ({ ...saved, position: `9${saved.position.slice(1)}` })],
    ['of another store', saved => ({ ...saved, storeIdentity: 'another' })],
    [
      'whose event is another one now',
      saved => ({ ...saved, anchor: { ...saved.anchor!, eventId: id(999) } }),
    ],
  ])('refuses a checkpoint %s and writes nothing', async (_, change) => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(source, 'a', [1]);
    const first = run({ ...base, source, sink });
    await eventually(() => sink.rows.get('a') === 1, { within: 2_000 });
    await first.stop();
    sink.saved = change(sink.saved!);
    const writes = sink.writes.length;
    await append(source, 'b', [2]);
    const { subscription } = run({ ...base, source, sink });
    await eventually(() => subscription.state().phase === 'CONTROL_PLANE_RESTORED', { within: 2_000 });
    expect(subscription.state().message).toContain('rebuild the read models');
    expect(sink.writes).toHaveLength(writes);
  });

  it('is restarted by its watchdog when it is silent behind the head', async () => {
    const [real, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(real, 'a', [1]);
    let subscriptions = 0;
    const source: EventStore = {
      ...storeOf(real),
      subscribeAll: options => {
        subscriptions += 1;
        return subscriptions === 1 ? silence(options.signal) : real.subscribeAll(options);
      },
    };
    run({ ...base, source, sink, watchdogMs: { every: 10, silent: 30 } });
    await eventually(() => sink.rows.get('a') === 1, { within: 2_000 });
    expect(subscriptions).toBe(2);
  });

  it('keeps slices of projection work short, so that timers of the process fire', async () => {
    const [source, sink] = [memoryEventStore(), new RowsInMemory()];
    await append(
      source,
      'a',
      Array.from({ length: 400 }, (_, n) => n),
    );
    let ticks = 0;
    const ticker = setInterval(() => {
      ticks += 1;
    }, 1);
    const ticksSeen: number[] = [];
    const busy = (event: StoredEvent) => {
      const until = performance.now() + 0.5;
      while (performance.now() < until);
      ticksSeen.push(ticks);
      return project(event);
    };
    run({ ...base, source, sink, project: busy });
    await eventually(() => sink.rows.get('a') === 399, { within: 5_000 });
    clearInterval(ticker);
    // 200 ms of work in one batch with a turn every 10 to 26 ms: counted, for a busy machine stretches every time.
    expect(ticksSeen.at(-1)).toBeGreaterThanOrEqual((ticksSeen[0] ?? 0) + 6);
  });
});

async function* silence(signal: AbortSignal): AsyncGenerator<never> {
  await new Promise(resolve => signal.addEventListener('abort', resolve));
}

const storeOf = (real: EventStore): EventStore => ({
  capabilities: real.capabilities,
  append: (...args) => real.append(...args),
  readStream: (...args) => real.readStream(...args),
  streamRevision: id => real.streamRevision(id),
  readAll: options => real.readAll(options),
  head: () => real.head(),
  countAfter: position => real.countAfter(position),
  subscribeAll: options => real.subscribeAll(options),
  storeIdentity: () => real.storeIdentity(),
  close: () => real.close(),
});
