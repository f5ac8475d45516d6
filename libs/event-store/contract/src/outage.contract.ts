import { describe, expect, it } from '@jest/globals';
import { EventStoreError, type EventStore } from '@replicante/event-store';
import { eventually } from '@replicante/testing';
import type { EventStoreServer } from './event-store-harness.js';
import { follow } from './following.contract.js';
import {
  appendSurely,
  event,
  events,
  failure,
  freshPrefix,
  freshStream,
  readWhole,
  toArray,
  type SuiteContext,
} from './suite-context.js';

export function outageLaws(context: () => SuiteContext): void {
  /** Where nothing is durable there is no server to lose: the case asserts just that. */
  const durably = (title: string, law: (server: EventStoreServer, context: SuiteContext) => Promise<void>) =>
    it(title, async () => {
      const { harness, store } = context();
      expect(harness.server !== undefined).toBe(store.capabilities.durable);
      if (harness.server !== undefined) await law(harness.server, context());
    });

  describe('no late commit is skipped', () => {
    durably('when a client freezes in the middle of sending an append', async (server, { store }) => {
      const prefix = freshPrefix();
      const { store: frozen, link } = await server.openBehindLink();
      await frozen.append(`${prefix}frozen`, 'no_stream', [event()]);
      const following = follow(store, { streamPrefixes: [prefix] });
      link.holdRequests(400);
      const late = event({ filler: 'x'.repeat(2_000) });
      const lateAppend = frozen.append(`${prefix}frozen`, 0, [late]);
      await eventually(() => link.isHolding, { within: 5_000 });

      // Nobody waits for the frozen one.
      const others = Array.from({ length: 20 }, (_, i) =>
        store.append(`${prefix}${i}`, 'no_stream', [event()]),
      );
      await Promise.all(others);
      await eventually(() => following.ids().length === 21, { within: 5_000 });
      link.release();
      await lateAppend;

      await eventually(() => following.ids().includes(late.id), { within: 5_000 });
      await following.stop();
      expect((await readWhole(store, prefix)).map(e => e.id)).toEqual(following.ids());
      await frozen.close();
    });

    durably(
      'when a client freezes before it hears that its append is committed',
      async (server, { store }) => {
        const prefix = freshPrefix();
        const { store: frozen, link } = await server.openBehindLink();
        await frozen.append(`${prefix}frozen`, 'no_stream', [event()]);
        const following = follow(store, { streamPrefixes: [prefix] });
        link.holdAnswers();
        const unheard = event();
        const append = frozen.append(`${prefix}frozen`, 0, [unheard]);
        await eventually(() => following.ids().includes(unheard.id), { within: 5_000 });
        const { revision } = await store.append(`${prefix}frozen`, 1, [event()]);
        expect(revision).toBe(2);
        link.release();
        expect((await append).revision).toBe(1);
        await following.stop();
        await frozen.close();
      },
    );

    durably(
      'and none is withheld by a writer that stays open in another database',
      async (server, { store }) => {
        const prefix = freshPrefix();
        const writer = await server.openWriterElsewhere();
        const following = follow(store, { streamPrefixes: [prefix] });
        const batch = events(5);
        await store.append(`${prefix}a`, 'no_stream', batch);
        await eventually(() => following.ids().length === 5, { within: 5_000 });
        await following.stop();
        await writer.close();
      },
    );

    durably(
      'after dump and restore, and order, identity and revisions are kept',
      async (server, { store }) => {
        const prefix = freshPrefix();
        for (let i = 0; i < 5; i += 1) await store.append(`${prefix}${i}`, 'no_stream', events(4));
        const all = await readWhole(store, prefix);
        const head = await store.head();

        const copy = await server.restoredCopy();
        expect(await copy.store.storeIdentity()).toBe(await store.storeIdentity());
        expect(await copy.store.head()).toBe(head);
        expect(await readWhole(copy.store, prefix)).toEqual(all);
        const next = await copy.store.append(`${prefix}0`, 3, [event()]);
        expect(next.revision).toBe(4);
        expect(next.position > (head ?? '')).toBe(true);
        await copy.close();
      },
    );
  });

  describe('an append whose answer is lost', () => {
    durably('is OUTCOME_UNKNOWN, and its repeat is one with it', async (server, { store }) => {
      const stream = freshStream();
      const { store: client, link } = await server.openBehindLink();
      await client.append(stream, 'no_stream', [event()]);
      const batch = events(2);
      link.holdAnswers();
      const unknown = failure(client.append(stream, 0, batch));
      await eventually(async () => (await store.streamRevision(stream)) === 2, { within: 5_000 });
      link.cut();

      expect(await unknown).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect((await client.append(stream, 0, batch)).revision).toBe(2);
      expect((await toArray(store.readStream(stream))).map(e => e.id).slice(1)).toEqual(batch.map(e => e.id));
      await client.close();
    });

    durably('never half written: it is there whole, or not at all', async (server, { store }) => {
      const stream = freshStream();
      const { store: client, link } = await server.openBehindLink();
      await client.append(stream, 'no_stream', [event()]);
      link.holdRequests(700);
      const unknown = failure(client.append(stream, 0, events(10, { filler: 'x'.repeat(500) })));
      await eventually(() => link.isHolding, { within: 5_000 });
      link.cut();
      expect(await unknown).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      expect(await store.streamRevision(stream)).toBe(0);
      await client.close();
    });
  });

  describe('an outage of the server', () => {
    durably(
      'frozen: every call settles within the deadline, and repeats settle the appends',
      async (server, { harness, store }) => {
        const stream = freshStream();
        await store.append(stream, 'no_stream', [event()]);
        const batch = [event()];
        server.freeze();
        const begun = performance.now();
        const calls = [
          store.append(stream, 0, batch),
          store.streamRevision(stream),
          store.head(),
          store.readAll({ limit: 1 }),
        ];
        const [append, ...reads] = await Promise.all(calls.map(call => failure(call)));
        const took = performance.now() - begun;
        server.thaw();

        expect(['OUTCOME_UNKNOWN', 'UNAVAILABLE']).toContain(append?.code);
        expect(reads.map(error => error.code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
        expect(took).toBeLessThan(harness.deadlineMs);
        expect((await appendSurely(store, stream, 0, batch)).revision).toBe(1);
        expect(await store.streamRevision(stream)).toBe(1);
      },
    );

    durably(
      'frozen: a subscriber misses nothing and sees nothing twice',
      async (server, { store, other }) => {
        const prefix = freshPrefix();
        const seen = resuming(other, prefix);
        const written = [event(), event(), event()];
        const [first, second, third] = written.map(one => [one]);
        await store.append(`${prefix}a`, 'no_stream', first ?? []);
        await eventually(() => seen.ids.length === 1, { within: 5_000 });
        server.freeze();
        const during = appendSurely(store, `${prefix}a`, 0, second ?? []);
        // As long as it takes every call to be given up once.
        expect(await failure(other.head())).toMatchObject({ code: 'UNAVAILABLE' });
        server.thaw();
        await during;
        await appendSurely(store, `${prefix}a`, 1, third ?? []);
        await eventually(() => seen.ids.length >= 3, { within: 15_000 });
        await seen.stop();
        expect(seen.ids).toEqual(written.map(one => one.id));
      },
    );

    durably(
      'gone: calls fail as UNAVAILABLE and the same client works when it is back',
      async (server, { store }) => {
        const stream = freshStream();
        await server.kill();
        // The first may meet a connection that it believed alive.
        const first = await failure(store.append(stream, 'no_stream', [event()]));
        expect(['OUTCOME_UNKNOWN', 'UNAVAILABLE']).toContain(first.code);
        await eventually(
          async () =>
            (await failure(store.append(freshStream(), 'no_stream', [event()]))).code === 'UNAVAILABLE',
          { within: 5_000 },
        );
        expect(await failure(toArray(store.readStream(stream)))).toMatchObject({ code: 'UNAVAILABLE' });
        await server.restart();
        await eventually(() => store.append(freshStream(), 'no_stream', [event()]), { within: 15_000 });
      },
    );

    durably(
      'killed under load: nothing acknowledged is lost, nothing is doubled, subscribers resume',
      async (server, { store, other }) => {
        const prefix = freshPrefix();
        const acknowledged = new Set<string>();
        let stopped = false;
        const write = async (client: EventStore, writer: number) => {
          for (let revision = -1; !stopped; revision += 1) {
            const batch = [event()];
            await appendSurely(client, `${prefix}${writer}`, revision, batch);
            acknowledged.add(batch[0]?.id ?? '');
          }
        };
        const writing = Array.from({ length: 8 }, (_, i) => write(i % 2 === 0 ? store : other, i));
        const seen = resuming(other, prefix);
        for (let round = 1; round <= 2; round += 1) {
          const enough = acknowledged.size + 200;
          await eventually(() => acknowledged.size >= enough, { within: 20_000 });
          await server.kill();
          await server.restart();
        }
        const enough = acknowledged.size + 100;
        await eventually(() => acknowledged.size >= enough, { within: 20_000 });
        stopped = true;
        await Promise.all(writing);

        const all = (await readWhole(store, prefix, 1_000)).map(e => e.id);
        expect(new Set(all).size).toBe(all.length);
        expect([...acknowledged].filter(id => !all.includes(id))).toEqual([]);
        await eventually(() => seen.ids.length >= all.length, { within: 15_000 });
        await seen.stop();
        expect(seen.ids).toEqual(all);
      },
    );

    durably('restarted: a subscription goes on, or ends with UNAVAILABLE', async (server, { store }) => {
      const prefix = freshPrefix();
      const following = follow(store, { streamPrefixes: [prefix] });
      await eventually(() => following.reachedHead(), { within: 5_000 });
      await server.restart();
      const appended = event();
      await eventually(() => store.append(`${prefix}a`, 'no_stream', [appended]), { within: 15_000 });
      let ended: { readonly error: unknown } | undefined;
      void following.ended.then(outcome => {
        ended = outcome;
      });
      await eventually(() => ended ?? following.ids().includes(appended.id), { within: 15_000 });
      if (ended === undefined) await following.stop();
      else expect(ended).toMatchObject({ error: { code: 'UNAVAILABLE' } });
    });
  });
}

/** A subscriber as the port wants it: on an error it subscribes again from where it stood. */
function resuming(store: EventStore, prefix: string) {
  const stop = new AbortController();
  const ids: string[] = [];
  const run = async () => {
    let after: string | undefined;
    while (!stop.signal.aborted) {
      const from = after === undefined ? {} : { after };
      try {
        for await (const batch of store.subscribeAll({
          ...from,
          streamPrefixes: [prefix],
          signal: stop.signal,
        })) {
          ids.push(...batch.events.map(e => e.id));
          after = batch.position;
        }
      } catch (error) {
        if (!(error instanceof EventStoreError) || error.code !== 'UNAVAILABLE') throw error;
      }
    }
  };
  const running = run();
  return {
    ids,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}
