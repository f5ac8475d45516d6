import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@replicante/event-bus';
import { eventually } from '@replicante/testing';
import {
  byKey,
  collect,
  failure,
  freshName,
  freshTopic,
  PARTITIONS,
  records,
  type SuiteContext,
} from './suite-context.js';

export function publishingLaws(context: () => SuiteContext): void {
  describe('topics', () => {
    it('are made once, whoever asks how often', async () => {
      const { bus, other } = context();
      const topic = { name: freshName('topic'), partitions: 3, compacted: false, retentionMs: 60_000 };
      await Promise.all([bus, other, bus, other].map(client => client.ensureTopics([topic])));
      await bus.ensureTopics([topic]);
      await other.publish(records(topic.name, 3));
    });

    it('that exist otherwise are refused', async () => {
      const { bus, other } = context();
      const topic = { name: freshName('topic'), partitions: 3, compacted: false };
      await bus.ensureTopics([topic]);
      for (const wrong of [
        { ...topic, partitions: 4 },
        { ...topic, compacted: true },
      ])
        expect(await failure(other.ensureTopics([wrong]))).toMatchObject({ code: 'TOPIC_MISMATCH' });
    });

    it('that are missing are refused, and nothing of the batch is written', async () => {
      const { bus } = context();
      const topic = await freshTopic(bus);
      const missing = freshName('missing');
      const batch = [...records(topic, 2), ...records(missing, 1)];
      expect(await failure(bus.publish(batch))).toMatchObject({ code: 'TOPIC_UNKNOWN' });
      expect(await failure(collect(bus, missing))).toMatchObject({ code: 'TOPIC_UNKNOWN' });
      await bus.publish(records(topic, 1, 1, 7));
      const all = await collect(bus, topic, { from: 'earliest' });
      await eventually(() => all.records.length > 0, { within: 5_000 });
      expect(all.values()).toEqual(['7']);
      await all.subscription.close();
    });
  });

  describe('records', () => {
    it('of a key keep their order, and go to the partition that Kafka gives the key', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const all = await collect(other, topic);
      for (let from = 0; from < 200; from += 20) await bus.publish(records(topic, 20, 7, from));

      await eventually(() => all.records.length === 200, { within: 10_000 });
      await all.subscription.close();
      for (const [key, values] of byKey(all.records)) {
        expect(values.map(Number)).toEqual([...values.map(Number)].sort((a, b) => a - b));
        const partitions = new Set(all.records.filter(r => r.key === key).map(r => r.partition));
        expect(partitions).toEqual(new Set([partitionOf(key, PARTITIONS)]));
      }
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const offsets = all.records.filter(r => r.partition === partition).map(r => Number(r.offset));
        expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      }
    });

    it('of many publishers at once all arrive, each publisher in its order', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const all = await collect(bus, topic);
      const publishers = Array.from({ length: 8 }, async (_, publisher) => {
        for (let i = 0; i < 20; i += 1)
          await (publisher % 2 === 0 ? bus : other).publish(
            ['a', 'b', 'c', 'd', 'e'].map(key => ({ topic, key: `${key}${publisher}`, value: String(i) })),
          );
      });
      await Promise.all(publishers);
      await eventually(() => all.records.length === 800, { within: 10_000 });
      await all.subscription.close();
      for (const values of byKey(all.records).values())
        expect(values).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    });

    it('come back as they were sent: headers, Unicode, tombstones, types that nobody knows', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const all = await collect(other, topic);
      const sent = [
        { topic, key: 'ns:Grüße 世界 🚀', value: '{"a":"\\u0041 \\\\ \' \\" NULL {x,y}"}' },
        {
          topic,
          key: 'k',
          value: 'x',
          headers: { 'ce-id': 'ü', 'ce-type': 'nobody.Knows.v99', '': 'empty "name"' },
        },
        { topic, key: 'k', value: null, headers: {} },
        { topic, key: 'k', value: '' },
        { topic, key: '', value: 'no key' },
      ];
      await bus.publish(sent);
      await eventually(() => all.records.length === sent.length, { within: 5_000 });
      await all.subscription.close();
      for (const record of sent)
        expect(all.records).toContainEqual(
          expect.objectContaining({ ...record, headers: 'headers' in record ? record.headers : {} }),
        );
    });

    it('that no bus can hold are refused, and nothing of their batch is written', async () => {
      const { bus } = context();
      const topic = await freshTopic(bus);
      const good = { topic, key: 'k', value: 'v' };
      const wrong = [
        { ...good, key: 'a\0b' },
        { ...good, value: 'a\ud800' },
        { ...good, headers: { h: '\0' } },
        { ...good, topic: 'no topic!' },
        { ...good, value: 'x'.repeat(1_000_001) },
        { ...good, value: 'é'.repeat(500_001) },
      ];
      for (const record of wrong)
        expect(await failure(bus.publish([good, record]))).toMatchObject({ code: 'RECORD_INVALID' });
      await bus.publish([]);
      await bus.publish([{ ...good, value: 'x'.repeat(999_000) }]);
      const all = await collect(bus, topic, { from: 'earliest' });
      await eventually(() => all.records.length > 0, { within: 5_000 });
      expect(all.records).toHaveLength(1);
      await all.subscription.close();
    });

    it('on a compacted topic: the newest of every key is kept', async () => {
      const { bus } = context();
      const topic = await freshTopic(bus, { compacted: true });
      for (let round = 0; round < 5; round += 1) await bus.publish(records(topic, 10, 10, round * 10));
      const all = await collect(bus, topic, { from: 'earliest' });
      await eventually(() => byKey(all.records).size === 10 && all.values().includes('49'), {
        within: 5_000,
      });
      await eventually(
        () => [...byKey(all.records)].every(([key, values]) => values.at(-1) === `4${key.slice(3)}`),
        { within: 5_000 },
      );
      await all.subscription.close();
    });
  });
}
