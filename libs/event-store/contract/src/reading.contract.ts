import { describe, expect, it } from '@jest/globals';
import type { Json } from '@replicante/kernel';
import {
  event,
  events,
  failure,
  freshPrefix,
  freshStream,
  readWhole,
  toArray,
  type SuiteContext,
} from './suite-context.js';

export function readingLaws(context: () => SuiteContext): void {
  describe('a stream', () => {
    it('reads forwards and backwards, from a revision, up to a limit', async () => {
      const { store } = context();
      const stream = freshStream();
      await store.append(stream, 'no_stream', events(6));
      const revisions = async (options: Parameters<typeof store.readStream>[1]) =>
        (await toArray(store.readStream(stream, options))).map(e => e.revision);

      expect(await revisions({})).toEqual([0, 1, 2, 3, 4, 5]);
      expect(await revisions({ from: 4 })).toEqual([4, 5]);
      expect(await revisions({ from: 1, limit: 2 })).toEqual([1, 2]);
      expect(await revisions({ direction: 'backwards' })).toEqual([5, 4, 3, 2, 1, 0]);
      expect(await revisions({ direction: 'backwards', limit: 1 })).toEqual([5]);
      expect(await revisions({ direction: 'backwards', from: 2 })).toEqual([2, 1, 0]);
      expect(await revisions({ from: 6 })).toEqual([]);
      expect(await revisions({ limit: 0 })).toEqual([]);
    });

    it('that is absent reads as empty', async () => {
      const { store } = context();
      expect(await toArray(store.readStream(freshStream()))).toEqual([]);
      expect(await toArray(store.readStream(freshStream(), { direction: 'backwards' }))).toEqual([]);
      expect(await store.streamRevision(freshStream())).toBeUndefined();
    });

    it('of thousands of events reads whole, in both directions', async () => {
      const { store } = context();
      const stream = freshStream();
      await store.append(stream, 'no_stream', events(2_300));
      const forwards = (await toArray(store.readStream(stream))).map(e => e.revision);
      const backwards = (await toArray(store.readStream(stream, { direction: 'backwards' }))).map(
        e => e.revision,
      );
      expect(forwards).toEqual(Array.from({ length: 2_300 }, (_, i) => i));
      expect(backwards).toEqual([...forwards].reverse());
    });

    it('shows every acknowledged append to every client at once', async () => {
      const { store, other } = context();
      const stream = freshStream();
      for (let revision = 0; revision < 20; revision += 1) {
        const writer = revision % 2 === 0 ? store : other;
        const reader = revision % 2 === 0 ? other : store;
        await writer.append(stream, revision === 0 ? 'no_stream' : revision - 1, [event()]);
        expect(await reader.streamRevision(stream)).toBe(revision);
      }
    });

    it('gives back data and metadata equal', async () => {
      const { store, other } = context();
      const data: Json = {
        text: 'Grüße, 世界 🚀 \u2028 \\ " \u007f {braces} NULL',
        '': 'an empty name',
        'ключ "x"': [null, true, false, [], {}, [[1]], { '': { '': 0 } }],
        numbers: [0, -1, 1.5, 1e-300, 1.7976931348623157e308, 5e-324, Number.MAX_SAFE_INTEGER, 0.1 + 0.2],
        bigint: (2n ** 64n).toString(),
        date: new Date(0).toISOString(),
        constructor: 'own',
        toString: 1,
      };
      for (const value of [data, null, 'text', 0, false, [], 'NULL', '{1,2}'] as const) {
        const stream = freshStream();
        const written = event(value);
        await store.append(stream, 'no_stream', [written]);
        const [read] = await toArray(other.readStream(stream));
        expect(read?.data).toEqual(value);
        expect(read?.metadata).toEqual(written.metadata);
        expect(read?.id).toBe(written.id);
      }
    });

    it('leaves out members that are undefined', async () => {
      const { store } = context();
      const stream = freshStream();
      const data: Record<string, Json> = { kept: 1 };
      Object.assign(data, { gone: undefined });
      await store.append(stream, 'no_stream', [event(data)]);
      const [read] = await toArray(store.readStream(stream));
      expect(Object.keys(read?.data as object)).toEqual(['kept']);
    });

    it('does not change when the writer or a reader changes its own objects', async () => {
      const { store } = context();
      const stream = freshStream();
      const data = { list: [1] };
      await store.append(stream, 'no_stream', [event(data)]);
      data.list.push(2);
      const [first] = await toArray(store.readStream(stream));
      (first?.data as { list: number[] }).list.push(3);
      const [second] = await toArray(store.readStream(stream));
      expect(second?.data).toEqual({ list: [1] });
    });
  });

  describe('$all', () => {
    it('holds every append of every client once, in commit order', async () => {
      const { store, other } = context();
      const prefix = freshPrefix();
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        const client = writer % 2 === 0 ? store : other;
        const reached: string[] = [];
        for (let revision = 0; revision < 15; revision += 1)
          reached.push(
            (
              await client.append(`${prefix}${writer}`, revision === 0 ? 'no_stream' : revision - 1, [
                event(),
              ])
            ).position,
          );
        return reached;
      });
      const answered = (await Promise.all(writers)).flat();

      const all = await readWhole(other, prefix);

      expect(all.map(e => e.position)).toEqual([...answered].sort());
      for (let writer = 0; writer < 8; writer += 1)
        expect(all.filter(e => e.streamId === `${prefix}${writer}`).map(e => e.revision)).toEqual(
          Array.from({ length: 15 }, (_, i) => i),
        );
    });

    it('resumes anywhere, also within one append', async () => {
      const { store } = context();
      const prefix = freshPrefix();
      await store.append(`${prefix}a`, 'no_stream', events(5));
      const all = await readWhole(store, prefix);
      for (const [index, from] of all.entries()) {
        const page = await store.readAll({ after: from.position, limit: 10, streamPrefixes: [prefix] });
        expect(page.events.map(e => e.id)).toEqual(all.slice(index + 1).map(e => e.id));
      }
    });

    it('read with a filter advances over what it leaves out', async () => {
      const { store } = context();
      const prefix = freshPrefix();
      const start = await store.head();
      await store.append(`${prefix}b-1`, 'no_stream', events(3));
      await store.append(`${prefix}a-1`, 'no_stream', [event()]);
      await store.append(`${prefix}b-2`, 'no_stream', events(30));
      const last = await store.append(`${prefix}c_%`, 'no_stream', events(5));
      const after = start === undefined ? {} : { after: start };

      const page = await store.readAll({ ...after, limit: 10, streamPrefixes: [`${prefix}a`, `${prefix}x`] });
      expect(page.events.map(e => e.streamId)).toEqual([`${prefix}a-1`]);
      expect(page.position).toBe(last.position);
      expect(page.atHead).toBe(true);

      const none = await store.readAll({ ...after, limit: 10, streamPrefixes: [`${prefix}%`, `${prefix}_`] });
      expect(none).toEqual({ events: [], position: last.position, atHead: true });
      const two = await store.readAll({
        ...after,
        limit: 2,
        streamPrefixes: [`${prefix}c_`, `${prefix}b-1`],
      });
      expect(two.events.map(e => e.revision)).toEqual([0, 1]);
      expect(two).toMatchObject({ position: two.events[1]?.position, atHead: false });
    });

    it('tells the head and how much lies after a position', async () => {
      const { store } = context();
      const before = await store.append(freshStream(), 'no_stream', [event()]);
      expect(await store.head()).toBe(before.position);
      const reached = await store.append(freshStream(), 'no_stream', events(4));
      expect(await store.head()).toBe(reached.position);
      expect(await store.countAfter(before.position)).toBe(4);
      expect(await store.countAfter(reached.position)).toBe(0);
      expect(await store.countAfter(undefined)).toBeGreaterThanOrEqual(5);
      expect(await store.readAll({ after: reached.position, limit: 5 })).toEqual({
        events: [],
        position: reached.position,
        atHead: true,
      });
    });

    it('refuses a position that is none', async () => {
      const { store } = context();
      for (const after of ['', '1', 'x'.repeat(20), '-0000000000000000001', '99999999999999999999']) {
        expect(await failure(store.readAll({ after, limit: 1 }))).toMatchObject({ code: 'POSITION_INVALID' });
        expect(await failure(store.countAfter(after))).toMatchObject({ code: 'POSITION_INVALID' });
        const { signal } = new AbortController();
        expect(await failure(toArray(store.subscribeAll({ after, signal })))).toMatchObject({
          code: 'POSITION_INVALID',
        });
      }
    });
  });
}
