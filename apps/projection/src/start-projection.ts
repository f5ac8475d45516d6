import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { TOPICS } from '@replicante/contracts';
import { gatewayTopics } from '@replicante/gateway';
import { dropRetired, openControl } from '@replicante/read-models';
import type { RunningService, ServiceOptions } from '@replicante/service';
import { bootService, NestLogger, requireDatabaseUrl } from '@replicante/service';
import { GATEWAY, gatewaySubscription } from './gateway-subscription.js';
import { ProjectionMetrics } from './metrics.js';
import { ProjectionModule } from './projection.module.js';
import { ReadModelSubscriptions } from './read-model-subscriptions.js';
import { SubscriptionHost } from './subscription-host.js';

const TOPIC_PARTITIONS = 16;

/** Named catch-up subscriptions: read models, samples, gateway. One active instance of each. */
export const startProjection = (options: ServiceOptions): Promise<RunningService> =>
  bootService('projection', options, async ({ configuration, logger, probes, shutdown, ports, session }) => {
    const connectionString = requireDatabaseUrl(configuration);
    const {
      eventStore: store,
      eventBus: bus,
      coordinator,
    } = await ports('eventStore', 'eventBus', 'coordinator');
    const database = { connectionString, applicationName: 'projection-read-models', maxConnections: 3 };
    const control = await openControl(database);
    shutdown.on('close', 'read models', () => control.destroy());
    for (const generation of await dropRetired(control))
      logger.info({ generation }, 'a retired generation of the read models was dropped');
    await bus.ensureTopics([
      ...gatewayTopics({ partitions: TOPIC_PARTITIONS }),
      { name: TOPICS.samples, partitions: TOPIC_PARTITIONS, compacted: true },
    ]);

    const host = new SubscriptionHost(session(coordinator), logger);
    shutdown.on('flush', 'subscriptions', () => host.stop());
    const metrics = new ProjectionMetrics(probes.metrics, store, () => host.list());
    const readModels = new ReadModelSubscriptions({ host, control, database, store, bus, metrics, logger });
    shutdown.on('stop intake', 'generations', () => readModels.stop());

    const app = await NestFactory.createApplicationContext(ProjectionModule.with({ host, readModels }), {
      logger: new NestLogger(logger),
      abortOnError: false,
    });
    shutdown.on('close', 'nest', () => app.close());
    const gateway = gatewaySubscription({ store, bus, control, metrics, logger });
    host.add({ name: GATEWAY, run: signal => gateway.run(signal), state: () => gateway.state() });
    await app.get(ReadModelSubscriptions).start();

    probes.addReadiness('event store', async () => {
      await store.head();
    });
    probes.addReadiness('read models', async () => {
      await control.query('SELECT 1');
    });
    probes.addReadiness('subscriptions', () => host.check());
    return {};
  });
