import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import type { Coordinator, Session } from '@replicante/coordinator';
import type { CoordinatorHarness, SuspendableHolder } from './coordinator-harness.js';
import { epochLaws } from './laws/epoch.laws.js';
import { expiryLaws } from './laws/expiry.laws.js';
import { leaseLaws } from './laws/lease.laws.js';
import { membershipLaws } from './laws/membership.laws.js';
import { outageLaws } from './laws/outage.laws.js';
import { sessionLaws } from './laws/session.laws.js';

/** What each law works with; whatever it opens here is closed after it. */
export interface CoordinatorWorld {
  readonly harness: CoordinatorHarness;
  client(): Promise<Coordinator>;
  session(client: Coordinator, ttlMs?: number, name?: string): Promise<Session>;
  holder(key: string, ttlMs?: number): Promise<SuspendableHolder>;
  /** A key that no other law uses. */
  key(): string;
  /** Short, for laws that wait for an expiry. */
  readonly shortTtlMs: number;
  /** Long, for laws in which nothing may expire on a slow machine. */
  readonly longTtlMs: number;
}

/** The whole contract of the port `coordinator` (its comments, safety.md §1, style.md §5). Every adapter runs all of it. */
export function coordinatorContract(name: string, makeHarness: () => Promise<CoordinatorHarness>): void {
  describe(`coordinator: ${name}`, () => {
    let harness: CoordinatorHarness;
    let shortTtlMs = 0;
    let longTtlMs = 0;
    const opened: { close(): Promise<void> }[] = [];
    const holders: SuspendableHolder[] = [];
    let keys = 0;

    const client = async (): Promise<Coordinator> => {
      const coordinator = await harness.client();
      opened.push(coordinator);
      return coordinator;
    };

    beforeAll(async () => {
      harness = await makeHarness();
      const probe = await harness.client();
      shortTtlMs = Math.max(probe.capabilities.minTtlMs, 500) * 2;
      longTtlMs = Math.max(shortTtlMs, 2_000) * 4;
      await probe.close();
    });

    afterEach(async () => {
      for (const holder of holders.splice(0)) await holder.kill();
      for (const coordinator of opened.splice(0)) await coordinator.close();
    });

    afterAll(async () => {
      await harness.stop();
    });

    const world: CoordinatorWorld = {
      get harness() {
        return harness;
      },
      get shortTtlMs() {
        return shortTtlMs;
      },
      get longTtlMs() {
        return longTtlMs;
      },
      client,
      session: (coordinator, ttlMs = longTtlMs, sessionName = 'suite') =>
        coordinator.openSession({ name: sessionName, ttlMs }),
      async holder(key, ttlMs = shortTtlMs) {
        const holder = await harness.holder({ key, ttlMs });
        holders.push(holder);
        return holder;
      },
      key: () => `partition:${++keys}`,
    };

    leaseLaws(world);
    sessionLaws(world);
    expiryLaws(world);
    membershipLaws(world);
    epochLaws(world);
    outageLaws(world);
  });
}
