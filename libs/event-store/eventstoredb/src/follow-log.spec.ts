import { describe, expect, it } from '@jest/globals';
import { EventStoreError } from '@replicante/event-store';
import type { AllPage, Position, StoredEvent, SubscriptionBatch } from '@replicante/event-store';
import { eventually } from '@replicante/testing';
import { followLog, type Followed } from './follow-log.js';
import type { LogPosition } from './log-position.js';
import { logPositionOf, positionOf } from './log-position.js';
import { pause } from './until-aborted.js';

const TIMING = { watchdogMs: 20, backOffMs: { first: 1, longest: 10 } };
const place = (n: number): LogPosition => ({ commit: BigInt(n), prepare: BigInt(n) });
const position = (n: number): Position => positionOf(place(n));
const event = (n: number, streamId = 'a') =>
  ({ id: `e${n}`, streamId, position: position(n) }) as StoredEvent;

/** A log of numbered events, and subscriptions to it that a test lets speak, fall silent, and die. */
function scriptedLog() {
  const events: StoredEvent[] = [];
  const log = {
    events,
    lives: [] as {
      readonly after: LogPosition | undefined;
      say: number[];
      passed?: number;
      die?: Error;
      closed: boolean;
    }[],
    reads: [] as (Position | undefined)[],
    resumed: [] as string[],
    verified: [] as (string | undefined)[],
    sameStore: true,
    readable: true,
  };
  const store: Followed = {
    readAll: async ({ after, limit, streamPrefixes }): Promise<AllPage> => {
      log.reads.push(after);
      if (!log.readable) throw new EventStoreError('UNAVAILABLE', 'gone');
      const behind = events.filter(e => after === undefined || e.position > after);
      const looked = behind.slice(0, limit);
      return {
        events: looked.filter(e => !streamPrefixes || streamPrefixes.includes(e.streamId)),
        position: looked.at(-1)?.position ?? after,
        atHead: looked.length === behind.length,
      };
    },
    head: async () => events.at(-1)?.position,
    stored: raw => event(Number(raw.position?.commit), raw.streamId),
    verify: async anchor => {
      log.verified.push(anchor?.id);
      if (!log.sameStore) throw new EventStoreError('UNAVAILABLE', 'another store');
    },
    onResume: cause => void log.resumed.push(cause.message),
    goLive: after => {
      const life: (typeof log.lives)[number] = { after, say: [], closed: false };
      log.lives.push(life);
      let arrived = 0;
      const live = {
        get arrived() {
          return arrived;
        },
        take: async (max: number, timeoutMs: number, signal: AbortSignal) => {
          if (life.say.length === 0 && life.die === undefined) await pause(timeoutMs, signal);
          const said = life.say.splice(0, max);
          arrived += said.length;
          return {
            events: said.map(n => ({ streamId: 'a', position: place(n) })),
            passed: life.passed === undefined ? undefined : place(life.passed),
            caughtUp: true,
            failure: said.length === 0 ? life.die : undefined,
          };
        },
        close: () => void (life.closed = true),
      };
      return live as unknown as ReturnType<Followed['goLive']>;
    },
  };
  return { log, store };
}

function following(store: Followed, streamPrefixes?: readonly string[]) {
  const stop = new AbortController();
  const batches: SubscriptionBatch[] = [];
  const filter = streamPrefixes === undefined ? {} : { streamPrefixes };
  const run = async () => {
    for await (const batch of followLog(store, { ...filter, batchSize: 3, signal: stop.signal }, TIMING))
      batches.push(batch);
  };
  const ended = run().then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    batches,
    ids: () => batches.flatMap(batch => batch.events.map(e => e.id)),
    ended,
    stop: () => {
      stop.abort();
      return ended;
    },
  };
}
const within = { within: 2_000, every: 5 };

describe('following the log', () => {
  it('reads pages up to the head, says that it is there, and goes live from that place', async () => {
    const { log, store } = scriptedLog();
    log.events.push(...[1, 2, 3, 4].map(n => event(n)));
    const reader = following(store);
    await eventually(() => log.lives.length === 1, within);
    expect(reader.batches.map(batch => [batch.events.length, batch.atHead])).toEqual([
      [3, false],
      [1, true],
    ]);
    expect(log.lives[0]?.after).toEqual(place(4));
    log.events.push(event(5));
    log.lives[0]?.say.push(5);
    await eventually(() => reader.ids().length === 5, within);
    expect(await reader.stop()).toBeUndefined();
    expect(log.lives[0]?.closed).toBe(true);
  });

  it('resumes a subscription that dies, from where it stands, by pages', async () => {
    const { log, store } = scriptedLog();
    log.events.push(event(1));
    const reader = following(store);
    await eventually(() => log.lives.length === 1, within);
    log.events.push(event(2), event(3));
    const [first] = log.lives;
    if (first) first.die = new Error('the line was cut');
    await eventually(() => log.lives.length === 2, within);
    expect(reader.ids()).toEqual(['e1', 'e2', 'e3']);
    expect(log.lives[1]?.after).toEqual(place(3));
    expect(log.resumed).toEqual(['the line was cut']);
    expect(log.verified).toEqual(['e1']);
    await reader.stop();
  });

  it('gives what a silent subscription owes, once, and resumes it when it stays silent', async () => {
    const { log, store } = scriptedLog();
    const reader = following(store);
    await eventually(() => log.lives.length === 1, within);
    log.events.push(event(1));
    await eventually(() => reader.ids().includes('e1'), within);
    // Late, and given already.
    log.lives[0]?.say.push(1);
    log.events.push(event(2));
    await eventually(() => reader.ids().includes('e2'), within);
    expect(log.lives).toHaveLength(1);
    log.events.push(event(3));
    await eventually(() => log.lives.length === 2, within);
    expect(reader.ids()).toEqual(['e1', 'e2', 'e3']);
    expect(log.resumed).toEqual([expect.stringContaining('silent')]);
    await reader.stop();
  });

  it('advances over what its filter leaves out, and does not take that for silence', async () => {
    const { log, store } = scriptedLog();
    const reader = following(store, ['a']);
    await eventually(() => log.lives.length === 1, within);
    for (const n of [1, 2, 3]) {
      log.events.push(event(n, 'b'));
      await eventually(() => reader.batches.at(-1)?.position === position(n), within);
    }
    expect(log.lives).toHaveLength(1);
    expect(reader.ids()).toEqual([]);
    await reader.stop();
  });

  it('does not read again what a checkpoint has passed, and is never beyond the head', async () => {
    const { log, store } = scriptedLog();
    const reader = following(store, ['a']);
    await eventually(() => log.lives.length === 1, within);
    log.events.push(...Array.from({ length: 50 }, (_, n) => event(n + 1, 'b')));
    const [first] = log.lives;
    // An event of the server's own lies at 60, behind the newest of ours.
    if (first) first.passed = 60;
    await eventually(() => reader.batches.at(-1)?.position === position(50), within);
    expect(
      log.reads.filter(after => after !== undefined).map(after => logPositionOf(after)?.commit),
    ).not.toContain(3n);
    await reader.stop();
  });

  it('ends when the store cannot be read, or is another one after a resumption', async () => {
    const { log, store } = scriptedLog();
    log.events.push(event(1));
    const lost = following(store);
    await eventually(() => log.lives.length === 1, within);
    log.readable = false;
    expect(await lost.ended).toMatchObject({ code: 'UNAVAILABLE', message: 'gone' });

    log.readable = true;
    const replaced = following(store);
    await eventually(() => log.lives.length === 2, within);
    log.sameStore = false;
    const second = log.lives[1];
    if (second) second.die = new Error('the line was cut');
    expect(await replaced.ended).toMatchObject({ code: 'UNAVAILABLE', message: 'another store' });
  });
});
