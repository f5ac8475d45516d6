import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { consumingLaws } from './consuming.contract.js';
import type { MakeEventBusHarness } from './event-bus-harness.js';
import { outageLaws } from './outage.contract.js';
import { publishingLaws } from './publishing.contract.js';
import { collect, freshName, freshTopic, records, type SuiteContext } from './suite-context.js';

/**
 * What every event bus owes, outage included. Each adapter runs all of it; a capability that is declared false turns
 * its cases into ones that assert the absence.
 */
export function eventBusContract(name: string, makeHarness: MakeEventBusHarness): void {
  describe(`event bus: ${name}`, () => {
    let suite: SuiteContext | undefined;
    const context = (): SuiteContext => {
      if (suite === undefined) throw new Error('the harness did not start');
      return suite;
    };

    beforeAll(async () => {
      const harness = await makeHarness();
      // At once: several processes may open a bus that nobody has opened before.
      const [bus, other] = await Promise.all([harness.openBus(), harness.openBus()]);
      suite = { harness, bus, other };
    });

    afterAll(async () => {
      await suite?.bus.close();
      await suite?.other.close();
      await suite?.harness.close();
    });

    publishingLaws(context);
    consumingLaws(context);
    outageLaws(context);

    it('closes its subscriptions with itself, and refuses everything after with BUS_UNAVAILABLE', async () => {
      const { harness, bus } = context();
      const topic = await freshTopic(bus);
      const closed = await harness.openBus();
      const group = await collect(closed, topic, { group: freshName('group') });
      const own = await collect(closed, topic);
      await closed.close();
      await closed.close();
      await group.subscription.close();
      await bus.publish(records(topic, 5));
      const calls = [closed.publish(records(topic, 1)), closed.ensureTopics([]), collect(closed, topic)];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'BUS_UNAVAILABLE' });
      expect([...group.records, ...own.records]).toEqual([]);
    });
  });
}
