import { cloudEvent } from '@replicante/contracts';
import type { EventBus } from '@replicante/event-bus';
import type { EventStore } from '@replicante/event-store';
import { GATEWAY_STREAM_PREFIXES, gatewayProjection, gatewaySink } from '@replicante/gateway';
import { checkpointsOf, type OpenSource } from '@replicante/read-models';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import { Subscription } from '@replicante/subscriptions';
import type { ProjectionMetrics } from './metrics.js';

export const GATEWAY = 'gateway';

/** Every published event once on the bus, at least. A batch is what may be published again after a crash. */
export function gatewaySubscription(options: {
  readonly store: EventStore;
  readonly bus: EventBus;
  readonly control: OpenSource;
  readonly metrics: ProjectionMetrics;
  readonly logger: Logger;
}) {
  const { store, bus, control, metrics, logger } = options;
  const observer = metrics.observer(GATEWAY);
  return new Subscription({
    name: GATEWAY,
    source: store,
    streamPrefixes: GATEWAY_STREAM_PREFIXES,
    project: gatewayProjection(cloudEvent),
    sink: gatewaySink(bus, checkpointsOf(control, GATEWAY)),
    batchSize: 500,
    observer: {
      ...observer,
      onPoison: poison => {
        observer.onPoison?.(poison);
        logger.error(
          { subscription: GATEWAY, event_id: poison.event.id, ...errorKeys(poison.error) },
          'an event cannot be published and was put aside',
        );
      },
      onFault: error =>
        logger.warn({ subscription: GATEWAY, ...errorKeys(error) }, 'a subscription cannot tell its state'),
      onPhase: (phase, message) =>
        logger.info({ subscription: GATEWAY, phase, reason: message }, 'subscription'),
    },
  });
}
