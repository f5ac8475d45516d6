import { describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import type { EventBusServer } from './event-bus-harness.js';
import {
  byKey,
  collect,
  failure,
  freshName,
  freshTopic,
  publishSurely,
  records,
  type SuiteContext,
} from './suite-context.js';

export function outageLaws(context: () => SuiteContext): void {
  /** Where nothing is durable there is no server to lose: the case asserts just that. */
  const durably = (title: string, law: (server: EventBusServer, context: SuiteContext) => Promise<void>) =>
    it(title, async () => {
      const { harness, bus } = context();
      expect(harness.server !== undefined).toBe(bus.capabilities.durable);
      if (harness.server !== undefined) await law(harness.server, context());
    });

  describe('an outage of the server', () => {
    durably(
      'loses nothing acknowledged, and subscriptions go on by themselves',
      async (server, { bus, other }) => {
        const topic = await freshTopic(bus);
        const shared = await collect(other, topic, { group: freshName('group') });
        const own = await collect(other, topic);
        const acknowledged: string[] = [];
        let stopped = false;
        const publishing = (async () => {
          for (let i = 0; !stopped; i += 5) {
            const batch = records(topic, 5, 10, i);
            await publishSurely(bus, batch);
            acknowledged.push(...batch.map(record => record.value ?? ''));
          }
        })();
        for (let round = 0; round < 2; round += 1) {
          const enough = acknowledged.length + 100;
          await eventually(() => acknowledged.length >= enough, { within: 20_000 });
          await server.kill();
          await server.restart();
        }
        stopped = true;
        await publishing;
        for (const all of [shared, own]) {
          await eventually(
            () => {
              const got = new Set(all.values());
              return acknowledged.every(value => got.has(value));
            },
            { within: 20_000 },
          );
          // Repeats come, of publishes and of batches; what is new to a reader comes in order all the same.
          for (const values of byKey(all.records).values()) {
            const firsts = [...new Set(values)].map(Number);
            expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
          }
          await all.subscription.close();
        }
      },
    );

    durably(
      'frozen: publishing fails within the deadline, and works again when it thaws',
      async (server, { harness, bus, other }) => {
        const topic = await freshTopic(bus);
        const all = await collect(other, topic, { group: freshName('group') });
        await bus.publish(records(topic, 1));
        await eventually(() => all.records.length === 1, { within: 5_000 });
        server.freeze();
        const begun = performance.now();
        const refused = await failure(bus.publish(records(topic, 1, 1, 1)));
        const took = performance.now() - begun;
        server.thaw();
        expect(refused.code).toBe('BUS_UNAVAILABLE');
        expect(took).toBeLessThan(harness.deadlineMs);
        await publishSurely(bus, records(topic, 1, 1, 2));
        await eventually(() => all.values().includes('2'), { within: 15_000 });
        await all.subscription.close();
      },
    );
  });

  describe('a member that falls silent', () => {
    durably(
      'is replaced within the declared bound, and begins nothing more until it is heard again',
      async (server, { bus }) => {
        const topic = await freshTopic(bus);
        const group = freshName('group');
        const linked = await server.openBehindLink();
        const silent = linked.bus;
        const gone = await collect(silent, topic, { group });
        await bus.publish(records(topic, 20));
        await eventually(() => gone.records.length === 20, { within: 5_000 });
        const heir = await collect(bus, topic, { group });
        linked.silence();
        const begun = performance.now();
        await bus.publish(records(topic, 20, 20, 20));

        const wanted = Array.from({ length: 20 }, (_, i) => String(20 + i));
        // What the silent one still had in hand may come twice, but the heir gets whatever was not committed.
        await eventually(() => wanted.every(value => [...heir.values(), ...gone.values()].includes(value)), {
          within: bus.capabilities.takeoverBoundMs + 2_000,
        });
        expect(performance.now() - begun).toBeLessThan(bus.capabilities.takeoverBoundMs + 2_000);
        await bus.publish(records(topic, 20, 20, 40));
        const later = Array.from({ length: 20 }, (_, i) => String(40 + i));
        await eventually(() => later.every(value => heir.values().includes(value)), { within: 5_000 });
        linked.restore();
        // Heard again, it takes its share of what is new, and nothing that the heir has done meanwhile.
        let sent = 60;
        await eventually(
          async () => {
            await bus.publish(records(topic, 20, 20, sent));
            sent += 20;
            return gone.values().some(value => Number(value) >= 60);
          },
          { within: 15_000 },
        );
        expect(gone.values().filter(value => Number(value) >= 40 && Number(value) < 60)).toEqual([]);
        await gone.subscription.close();
        await heir.subscription.close();
        await silent.close();
      },
    );
  });
}
