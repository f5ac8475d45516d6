import { describe, expect, it } from '@jest/globals';
import { partitionOf } from '@replicante/event-bus';
import { eventually } from '@replicante/testing';
import { collect, freshName, freshTopic, PARTITIONS, records, type SuiteContext } from './suite-context.js';

export function consumingLaws(context: () => SuiteContext): void {
  describe('a private subscription', () => {
    it('gets every record from now on, or from the beginning, whatever others read', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      await bus.publish(records(topic, 10));
      const latest = await collect(bus, topic);
      const second = await collect(other, topic, { from: 'latest' });
      const earliest = await collect(other, topic, { from: 'earliest' });
      await bus.publish(records(topic, 10, 10, 10));

      await eventually(() => earliest.records.length === 20, { within: 5_000 });
      await eventually(() => latest.records.length === 10 && second.records.length === 10, { within: 5_000 });
      expect(latest.values().every(value => Number(value) >= 10)).toBe(true);
      for (const all of [latest, second, earliest]) await all.subscription.close();
    });

    it('hears soon of what another client publishes', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const all = await collect(other, topic);
      await bus.publish(records(topic, 1));
      await eventually(() => all.records.length === 1, { within: 2_000 });
      await all.subscription.close();
    });
  });

  describe('a handler that is slow', () => {
    it('holds up only its partition', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      let letGo: () => void = () => undefined;
      const held = new Promise<void>(resolve => (letGo = resolve));
      const slow = partitionOf('ns:0', PARTITIONS);
      let begun = false;
      const all = await collect(bus, topic, { group: freshName('group') }, async batch => {
        if (batch[0]?.partition !== slow) return;
        begun = true;
        await held;
      });
      await bus.publish(records(topic, 1));
      await eventually(() => begun, { within: 10_000 });
      const elsewhere = records(topic, 40).filter(({ key }) => partitionOf(key, PARTITIONS) !== slow);
      expect(elsewhere.length).toBeGreaterThan(0);
      // One by one: each has to be fetched while the other handler is still at it.
      for (const record of elsewhere) await other.publish([record]);
      await eventually(() => all.records.length === elsewhere.length, { within: 10_000 });
      expect(all.records.every(({ partition }) => partition !== slow)).toBe(true);
      letGo();
      await eventually(() => all.records.length === elsewhere.length + 1, { within: 10_000 });
      await all.subscription.close();
    });
  });

  describe('a handler that throws', () => {
    it('gets the same records again, and holds up only their partition', async () => {
      const { bus } = context();
      const topic = await freshTopic(bus);
      let failing = 3;
      const attempts: string[][] = [];
      const all = await collect(bus, topic, { group: freshName('group') }, async batch => {
        if (!batch.some(record => record.key === 'ns:0')) return;
        attempts.push(batch.map(record => record.value ?? ''));
        if (failing > 0) {
          failing -= 1;
          throw new Error('not yet');
        }
      });
      await bus.publish(records(topic, 20));
      await eventually(() => all.records.length >= 20, { within: 10_000 });

      expect(new Set(all.values()).size).toBe(20);
      expect(attempts.length).toBeGreaterThanOrEqual(4);
      for (const attempt of attempts) expect(attempt[0]).toBe('0');
      expect(all.errors).toHaveLength(3);
      expect(all.errors[0]).toMatchObject({ message: 'not yet' });
      await all.subscription.close();
    });
  });

  describe('a group', () => {
    it('gets every record, and so does every other group', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const one = await collect(bus, topic, { group: freshName('group') });
      const two = await collect(other, topic, { group: freshName('group') });
      await bus.publish(records(topic, 50));
      await eventually(() => one.records.length === 50 && two.records.length === 50, { within: 5_000 });
      await one.subscription.close();
      await two.subscription.close();
    });

    it('shares the partitions among its members, and gives a leaving one’s to those who stay', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const group = freshName('group');
      const one = await collect(bus, topic, { group });
      const two = await collect(other, topic, { group });
      let sent = 0;
      // Until both have a share: a record at a time, so that nothing but the members' shares decides.
      await eventually(
        async () => {
          await bus.publish(records(topic, 10, 10, sent));
          sent += 10;
          return one.records.length > 0 && two.records.length > 0;
        },
        { within: 10_000 },
      );
      await eventually(() => new Set([...one.values(), ...two.values()]).size === sent, { within: 10_000 });
      await two.subscription.close();
      const before = one.records.length;
      await bus.publish(records(topic, 40, 40, sent));
      await eventually(() => one.records.length === before + 40, { within: 10_000 });
      expect(new Set([...one.values(), ...two.values()]).size).toBe(sent + 40);
      await one.subscription.close();
    });

    it('never has one partition in two hands, and no batch overlaps another of its partition', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const group = freshName('group');
      const inHand = new Set<number>();
      const overlaps: number[] = [];
      let handled = 0;
      const slowly = async (batch: readonly { readonly partition: number }[]) => {
        const partition = batch[0]?.partition ?? -1;
        if (inHand.has(partition)) overlaps.push(partition);
        inHand.add(partition);
        const until = handled + 1;
        // As long as publishing something elsewhere takes: a wait that needs no clock.
        await bus.publish(records(side, 1));
        handled = Math.max(handled, until);
        inHand.delete(partition);
      };
      const side = await freshTopic(bus);
      const members = [
        await collect(bus, topic, { group }, slowly),
        await collect(other, topic, { group }, slowly),
      ];
      for (let from = 0; from < 100; from += 5) await other.publish(records(topic, 5, 20, from));
      members.push(await collect(bus, topic, { group }, slowly));
      for (let from = 100; from < 200; from += 5) await other.publish(records(topic, 5, 20, from));
      await eventually(() => new Set(members.flatMap(member => member.values())).size === 200, {
        within: 20_000,
      });
      expect(overlaps).toEqual([]);
      for (const member of members) await member.subscription.close();
    });

    it('leaves a partition to the member that has a batch of it in hand, though another joins', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const side = await freshTopic(bus);
      const group = freshName('group');
      const held = partitionOf('ns:0', PARTITIONS);
      let letGo: () => void = () => undefined;
      const release = new Promise<void>(resolve => (letGo = resolve));
      let begun = false;
      const stays = await collect(bus, topic, { group }, async () => {
        begun = true;
        await release;
      });
      await bus.publish(records(topic, 1, 1));
      await eventually(() => begun, { within: 10_000 });
      const joins = await collect(other, topic, { group });
      await bus.publish(records(topic, 10, 1, 1));
      // As long as a join takes, many times over: a wait that needs no clock.
      for (let i = 0; i < 1_000; i += 1) await other.publish(records(side, 1));
      expect(stays.records).toEqual([]);
      expect(joins.records.filter(({ partition }) => partition === held)).toEqual([]);
      letGo();
      await eventually(() => stays.records.length + joins.records.length >= 11, { within: 10_000 });
      // In order and without a repeat: what was in hand was committed before the partition moved, if it did.
      expect([...stays.values(), ...joins.values()]).toEqual(Array.from({ length: 11 }, (_, i) => String(i)));
      await stays.subscription.close();
      await joins.subscription.close();
    });

    it('resumes where it stood: what was published meanwhile comes, what was done does not', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const group = freshName('group');
      const before = await collect(bus, topic, { group });
      await bus.publish(records(topic, 20));
      await eventually(() => before.records.length === 20, { within: 5_000 });
      await before.subscription.close();
      await bus.publish(records(topic, 20, 10, 20));

      const after = await collect(other, topic, { group });
      await eventually(() => after.records.length >= 20, { within: 10_000 });
      expect(
        after
          .values()
          .map(Number)
          .sort((a, b) => a - b),
      ).toEqual(Array.from({ length: 20 }, (_, i) => 20 + i));
      await after.subscription.close();
    });

    it('keeps its place where nothing was published yet, though nobody is there', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const group = freshName('group');
      await bus.publish(records(topic, 20));
      const before = await collect(bus, topic, { group });
      await before.subscription.close();
      await bus.publish(records(topic, 20, 10, 20));
      const after = await collect(other, topic, { group });
      await eventually(() => after.records.length >= 20, { within: 10_000 });
      const wanted = Array.from({ length: 20 }, (_, i) => 20 + i);
      expect([...before.values(), ...after.values()].map(Number).sort((a, b) => a - b)).toEqual(wanted);
      await after.subscription.close();
    });

    it('without a committed offset begins at the end, or at the beginning when asked to', async () => {
      const { bus } = context();
      const topic = await freshTopic(bus);
      await bus.publish(records(topic, 10));
      const earliest = await collect(bus, topic, { group: freshName('group'), from: 'earliest' });
      const latest = await collect(bus, topic, { group: freshName('group') });
      await bus.publish(records(topic, 1, 1, 10));
      await eventually(() => earliest.records.length === 11 && latest.records.length === 1, {
        within: 5_000,
      });
      await earliest.subscription.close();
      await latest.subscription.close();
    });

    it('finishes the batch in hand when a member closes, and does not give it to anybody again', async () => {
      const { bus, other } = context();
      const topic = await freshTopic(bus);
      const group = freshName('group');
      let letGo: () => void = () => undefined;
      const held = new Promise<void>(resolve => (letGo = resolve));
      let begun = false;
      const closing = await collect(bus, topic, { group }, () => {
        begun = true;
        return held;
      });
      await bus.publish(records(topic, 5, 1));
      await eventually(() => begun, { within: 5_000 });
      const closed = closing.subscription.close();
      const next = await collect(other, topic, { group });
      letGo();
      await closed;
      expect(closing.records.length).toBeGreaterThan(0);
      await bus.publish(records(topic, 5, 1, 5));
      await eventually(() => closing.records.length + next.records.length === 10, { within: 10_000 });
      expect([...closing.values(), ...next.values()]).toEqual(
        Array.from({ length: 10 }, (_, i) => String(i)),
      );
      await next.subscription.close();
    });
  });
}
