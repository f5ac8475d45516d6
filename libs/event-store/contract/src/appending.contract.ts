import { describe, expect, it } from '@jest/globals';
import type { Json } from '@replicante/kernel';
import {
  event,
  events,
  expectConflict,
  failure,
  freshStream,
  metadata,
  toArray,
  type SuiteContext,
} from './suite-context.js';

export function appendingLaws(context: () => SuiteContext): void {
  describe('append', () => {
    it('starts a stream at revision 0 and answers the last revision and its position', async () => {
      const { store } = context();
      const stream = freshStream();
      const batch = events(3);

      const first = await store.append(stream, 'no_stream', batch);
      const second = await store.append(stream, 2, [event()]);

      expect(first.revision).toBe(2);
      expect(second.revision).toBe(3);
      expect(second.position > first.position).toBe(true);
      const read = await toArray(store.readStream(stream));
      expect(read.map(e => e.revision)).toEqual([0, 1, 2, 3]);
      expect(read[2]).toEqual({ ...batch[2], streamId: stream, revision: 2, position: first.position });
    });

    it('refuses another expected revision, tells the actual one and writes nothing', async () => {
      const { store, other } = context();
      const stream = freshStream();
      await expectConflict(store.append(stream, 0, events(2)), 'no_stream');
      await store.append(stream, 'no_stream', events(2));

      await expectConflict(other.append(stream, 'no_stream', events(3)), 1);
      await expectConflict(other.append(stream, 0, events(3)), 1);
      await expectConflict(other.append(stream, 7, events(3)), 1);

      expect(await store.streamRevision(stream)).toBe(1);
    });

    it('lets exactly one of many racing appends win, all of its events and none of the others', async () => {
      const { store, other } = context();
      const stream = freshStream();
      await store.append(stream, 'no_stream', [event()]);
      const racers = Array.from({ length: 40 }, () => events(3));

      const outcomes = await Promise.allSettled(
        racers.map((batch, index) => (index % 2 === 0 ? store : other).append(stream, 0, batch)),
      );

      const winners = racers.filter((_, index) => outcomes[index]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected')
          expect(outcome.reason).toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 3 });
      const read = await toArray(store.readStream(stream, { from: 1 }));
      expect(read.map(e => e.id)).toEqual(winners[0]?.map(e => e.id));
    });

    it('answers each of many appends at once by its own stream and expected revision', async () => {
      const { store, other } = context();
      const streams = Array.from({ length: 50 }, freshStream);
      const calls = streams.flatMap((stream, index) => {
        const client = index % 2 === 0 ? store : other;
        return [
          client.append(stream, 'no_stream', events(1 + (index % 3))),
          client.append(stream, 99, [event()]),
        ];
      });

      const outcomes = await Promise.allSettled(calls);

      for (const [index, stream] of streams.entries()) {
        expect(outcomes[index * 2]).toMatchObject({ status: 'fulfilled', value: { revision: index % 3 } });
        expect(outcomes[index * 2 + 1]).toMatchObject({ reason: { code: 'WRONG_EXPECTED_REVISION' } });
        expect(await store.streamRevision(stream)).toBe(index % 3);
      }
    });
  });

  describe('a repeated append', () => {
    it('is one with the first, also after later events and from another client', async () => {
      const { store, other } = context();
      const stream = freshStream();
      const batch = events(3);
      const first = await store.append(stream, 'no_stream', batch);
      expect(await store.append(stream, 'no_stream', batch)).toEqual(first);
      await store.append(stream, 2, [event()]);

      expect(await other.append(stream, 'no_stream', batch)).toEqual(first);
      expect(await store.streamRevision(stream)).toBe(3);
    });

    it('is one with the first when both are under way at once', async () => {
      const { store, other } = context();
      const stream = freshStream();
      const batch = events(2);
      const answers = await Promise.all(
        [store, store, other, store, other].map(client => client.append(stream, 'no_stream', batch)),
      );
      expect(new Set(answers.map(answer => answer.position)).size).toBe(1);
      expect(await store.streamRevision(stream)).toBe(1);
    });

    it('of the first events alone answers what they reached', async () => {
      const { store } = context();
      const stream = freshStream();
      const batch = events(3);
      await store.append(stream, 'no_stream', batch);
      const [, second] = await toArray(store.readStream(stream));

      const answer = await store.append(stream, 'no_stream', batch.slice(0, 2));

      expect(answer).toEqual({ revision: 1, position: second?.position });
    });

    it('is refused when only its first events are known, or in another order', async () => {
      const { store } = context();
      const stream = freshStream();
      const batch = events(2);
      await store.append(stream, 'no_stream', batch);
      await expectConflict(store.append(stream, 'no_stream', [...batch, event()]), 1);
      await expectConflict(store.append(stream, 'no_stream', [...batch.slice(0, 1), event()]), 1);
      await expectConflict(store.append(stream, 'no_stream', [...batch].reverse()), 1);
      expect(await store.streamRevision(stream)).toBe(1);
    });

    it('is refused at another revision', async () => {
      const { store } = context();
      const stream = freshStream();
      const batch = events(2);
      await store.append(stream, 'no_stream', batch);
      await store.append(stream, 1, events(3));
      await expectConflict(store.append(stream, 0, batch), 4);
      await expectConflict(store.append(stream, 2, batch), 4);
    });

    it('at the revision of the head is refused, or written again where that is declared', async () => {
      const { store } = context();
      const stream = freshStream();
      const batch = events(2);
      await store.append(stream, 'no_stream', batch);
      const again = store.append(stream, 1, batch);
      if (store.capabilities.refusesKnownIds) await expectConflict(again, 1);
      else expect((await again).revision).toBe(3);
    });
  });

  describe('before the wire', () => {
    it('refuses an append without events', async () => {
      expect(await failure(context().store.append(freshStream(), 'no_stream', []))).toMatchObject({
        code: 'APPEND_EMPTY',
      });
    });

    it('takes an append of the declared size and refuses a larger one, of one event or of many', async () => {
      const { store } = context();
      const limit = store.capabilities.maxAppendBytes;
      const overhead = JSON.stringify({ text: '' }).length + JSON.stringify(metadata()).length;
      const filling = (bytes: number) => event({ text: 'x'.repeat(bytes) });
      const stream = freshStream();

      await store.append(stream, 'no_stream', [filling(limit - overhead)]);
      const one = failure(store.append(stream, 0, [filling(limit - overhead + 1)]));
      const many = failure(
        store.append(
          stream,
          0,
          Array.from({ length: 4 }, () => filling(limit / 4)),
        ),
      );
      const wide = failure(store.append(stream, 0, [event({ text: 'é'.repeat(limit / 2) })]));

      for (const refused of [one, many, wide])
        expect(await refused).toMatchObject({ code: 'APPEND_TOO_LARGE' });
      expect(await store.streamRevision(stream)).toBe(0);
    });

    const notJson: readonly [name: string, value: unknown, path: string][] = [
      ['undefined in an array', { list: [1, undefined] }, 'data.list[1]'],
      ['a hole in an array', { list: new Array(1) }, 'data.list[0]'],
      ['undefined itself', undefined, 'data'],
      ['a bigint', { deep: { n: 1n } }, 'data.deep.n'],
      ['a Date', { at: new Date(0) }, 'data.at'],
      ['NaN', { n: Number.NaN }, 'data.n'],
      ['Infinity', [Number.POSITIVE_INFINITY], 'data[0]'],
      ['a function', { f: () => 1 }, 'data.f'],
      ['a symbol', { s: Symbol('s') }, 'data.s'],
      ['a Map', { m: new Map() }, 'data.m'],
      ['a lone surrogate', { s: 'a\ud800b' }, 'data.s'],
      ['NUL in a string', { s: 'a\0b' }, 'data.s'],
      ['NUL in a member name', { 'a\0b': 1 }, 'data'],
    ];
    it.each(notJson)('refuses %s and names the field', async (_, value, path) => {
      const wrong = { ...event(), data: value as Json };
      const error = await failure(context().store.append(freshStream(), 'no_stream', [wrong]));
      expect(error.code).toBe('EVENT_NOT_JSON');
      expect(error.message.startsWith(`events[0].${path}: `)).toBe(true);
    });

    it('refuses a cycle', async () => {
      const cycle: { self?: unknown } = {};
      cycle.self = cycle;
      const error = await failure(context().store.append(freshStream(), 'no_stream', [event(cycle as Json)]));
      expect(error.code).toBe('EVENT_NOT_JSON');
    });

    it('refuses ids that are no UUIDs or stand twice, and names that a store cannot hold', async () => {
      const { store } = context();
      const twice = event();
      const wrong = [
        store.append(freshStream(), 'no_stream', [{ ...event(), id: 'one' }]),
        store.append(freshStream(), 'no_stream', [twice, twice]),
        store.append(freshStream(), 'no_stream', [event({}, '')]),
        store.append('', 'no_stream', [event()]),
        store.append('a\0b', 'no_stream', [event()]),
        store.append('$ce-cluster', 'no_stream', [event()]),
        store.append(freshStream(), -1, [event()]),
        store.append(freshStream(), 0.5, [event()]),
      ];
      for (const call of wrong.map(failure)) expect(await call).toMatchObject({ code: 'EVENT_INVALID' });
    });

    it('fails only the append that is wrong, not those at the same time', async () => {
      const { store } = context();
      const good = Array.from({ length: 20 }, () => store.append(freshStream(), 'no_stream', [event()]));
      const bad = failure(store.append(freshStream(), 'no_stream', [event(Number.NaN)]));
      expect(await bad).toMatchObject({ code: 'EVENT_NOT_JSON' });
      expect(await Promise.all(good)).toHaveLength(20);
    });
  });
}
