import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import type { AppendExpectedRevision } from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import type { WrittenEvent } from '../commands/written-event.js';
import { answerParent } from '@replicante/processes';
import { closedLoop } from '../rig/closed-loop.js';
import type { LoopResult } from '../rig/closed-loop.js';

export interface RawClientRequest {
  /** `esdb://…`. */
  readonly url: string;
  readonly seconds: number;
  readonly inFlight: number;
  readonly event: WrittenEvent;
}

/** The client as its users have it: one, each caller on a stream of its own, with the revision that it expects. */
async function run({ url, seconds, inFlight, event }: RawClientRequest): Promise<LoopResult> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await closedLoop(inFlight, seconds, () => {
      const stream = `raw-${randomUUID()}`;
      let expectedRevision: AppendExpectedRevision = NO_STREAM;
      return async () => {
        const written = jsonEvent({ id: randomUUID(), type: 'bench.Raw.v1', ...plain(event) });
        const answer = await client.appendToStream(stream, written, { expectedRevision });
        expectedRevision = answer.nextExpectedRevision;
      };
    });
  } finally {
    await client.dispose();
  }
}

/** In the types of the client's events. */
const plain = ({ data, metadata }: WrittenEvent) => ({
  data: { ...(data as object) },
  metadata: { ...metadata },
});

answerParent(run);
