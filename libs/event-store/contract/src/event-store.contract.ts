import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appendingLaws } from './appending.contract.js';
import type { MakeEventStoreHarness } from './event-store-harness.js';
import { followingLaws } from './following.contract.js';
import { outageLaws } from './outage.contract.js';
import { readingLaws } from './reading.contract.js';
import { event, freshStream, type SuiteContext } from './suite-context.js';

/**
 * What every event store owes, outage included. Each adapter runs all of it; a capability that is declared false turns
 * its cases into ones that assert the absence.
 */
export function eventStoreContract(name: string, makeHarness: MakeEventStoreHarness): void {
  describe(`event store: ${name}`, () => {
    let suite: SuiteContext | undefined;
    const context = (): SuiteContext => {
      if (suite === undefined) throw new Error('the harness did not start');
      return suite;
    };

    beforeAll(async () => {
      const harness = await makeHarness();
      // At once: several processes may open a store that nobody has opened before.
      const [store, other] = await Promise.all([harness.openStore(), harness.openStore()]);
      suite = { harness, store, other };
    });

    afterAll(async () => {
      await suite?.store.close();
      await suite?.other.close();
      await suite?.harness.close();
    });

    it('begins empty', async () => {
      const { store } = context();
      expect(await store.head()).toBeUndefined();
      expect(await store.countAfter(undefined)).toBe(0);
      expect(await store.readAll({ limit: 10 })).toEqual({ events: [], position: undefined, atHead: true });
    });

    it('has one identity for all its clients, for its life, and another store has another', async () => {
      const { store, other, harness } = context();
      const identity = await store.storeIdentity();
      expect(identity).not.toBe('');
      expect(await other.storeIdentity()).toBe(identity);
      const later = await harness.openStore();
      expect(await later.storeIdentity()).toBe(identity);
      await later.close();
      const elsewhere = await makeHarness();
      const foreign = await elsewhere.openStore();
      expect(await foreign.storeIdentity()).not.toBe(identity);
      expect(await foreign.head()).toBeUndefined();
      await foreign.close();
      await elsewhere.close();
    });

    appendingLaws(context);
    readingLaws(context);
    followingLaws(context);
    outageLaws(context);

    it('refuses everything after it was closed, with UNAVAILABLE', async () => {
      const { harness } = context();
      const closed = await harness.openStore();
      await closed.close();
      await closed.close();
      const calls = [
        closed.append(freshStream(), 'no_stream', [event()]),
        closed.head(),
        closed.readAll({ limit: 1 }),
      ];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
  });
}
