import type { BusRecord } from '@replicante/event-bus';
import type { StoredEvent } from '@replicante/event-store';
import { addressOf } from './topics.js';

/** An event as a CloudEvents 1.0 document (structured mode); from `@replicante/contracts`. */
export type ToCloudEvent = (event: StoredEvent) => object;

/** Pure: what an event is on the bus. */
export const gatewayProjection =
  (toCloudEvent: ToCloudEvent) =>
  (event: StoredEvent): readonly BusRecord[] => {
    const address = addressOf(event.streamId);
    if (!address) return [];
    return [
      {
        topic: address.topic,
        key: address.key,
        value: JSON.stringify(toCloudEvent(event)),
        headers: {
          'ce-id': event.id,
          'ce-type': event.type,
          'content-type': 'application/cloudevents+json; charset=UTF-8',
        },
      },
    ];
  };
