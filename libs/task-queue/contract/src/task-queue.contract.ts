import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { consumerLaws } from './laws/consumer.laws.js';
import { deliveryLaws } from './laws/delivery.laws.js';
import { endingLaws } from './laws/ending.laws.js';
import { failureLaws } from './laws/failure.laws.js';
import { keyLaws } from './laws/key.laws.js';
import { outageLaws } from './laws/outage.laws.js';
import { redeliveryLaws } from './laws/redelivery.laws.js';
import type { TaskQueueHarness } from './task-queue-harness.js';
import { TaskQueueWorld } from './task-queue-world.js';

/** The whole contract of the port `task-queue` (its comments, architecture.md §5, style.md §5). Every adapter runs all of it. */
export function taskQueueContract(name: string, makeHarness: () => Promise<TaskQueueHarness>): void {
  describe(`task queue: ${name}`, () => {
    let harness: TaskQueueHarness;
    const world = new TaskQueueWorld(() => harness);

    beforeAll(async () => {
      harness = await makeHarness();
    });
    beforeEach(() => {
      world.nextQueue();
    });
    afterEach(() => world.closeAll());
    afterAll(() => harness.stop());

    deliveryLaws(world);
    keyLaws(world);
    failureLaws(world);
    endingLaws(world);
    consumerLaws(world);
    redeliveryLaws(world);
    outageLaws(world);
  });
}
