import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { graphqlSchemaPath, TOPICS } from '@replicante/contracts';
import { gatewayTopics } from '@replicante/gateway';
import { ReadModels } from '@replicante/read-models';
import type { RunningService, ServiceOptions } from '@replicante/service';
import {
  addressOf,
  bootService,
  NestLogger,
  portRefused,
  requireDatabaseUrl,
  systemClock,
} from '@replicante/service';
import { Reads } from './arguments/reads.js';
import { graphqlOptions } from './graphql/graphql-options.js';
import { RequestDrain } from './http/request-drain.js';
import { addProbeRoutes } from './http/probe-routes.js';
import { closeRefusedUpgrades } from './http/refused-upgrades.js';
import { ClusterFeed } from './live/cluster-feed.js';
import { ClusterWakes } from './live/cluster-wakes.js';
import { HeardClock } from './live/heard-clock.js';
import { queryMetrics } from './metrics.js';
import { QueryModule } from './query.module.js';
import { SuiteStatus } from './resolvers/suite-status.js';

const MAX_REQUEST_BYTES = 256 * 1024;

export interface QueryOptions extends ServiceOptions {
  /** Services of the same process, whose probes this one serves below `/services/<name>/`. */
  readonly hostedProbes?: () => readonly RunningService[];
}

/** GraphQL over the rows that `projection` writes. */
export const startQuery = (options: QueryOptions): Promise<RunningService> =>
  bootService(
    'query',
    options,
    async ({ configuration, logger, probes, shutdown, ports, session }) => {
      const {
        eventStore: store,
        eventBus: bus,
        coordinator,
        taskQueue: queue,
      } = await ports('eventStore', 'eventBus', 'coordinator', 'taskQueue');
      session(coordinator);
      const readModels = await ReadModels.open({
        connectionString: requireDatabaseUrl(configuration),
        applicationName: 'query-read-models',
      });
      shutdown.on('close', 'read models', () => readModels.close());
      const reads = new Reads(readModels);
      await bus.ensureTopics([...gatewayTopics(), { name: TOPICS.samples, partitions: 16, compacted: true }]);
      const clock = new HeardClock(systemClock);
      const wakes = new ClusterWakes(bus, logger, clock);
      shutdown.on('finish work', 'bus subscription', () => wakes.close());
      await wakes.start();

      const adapter = new FastifyAdapter({ bodyLimit: MAX_REQUEST_BYTES, forceCloseConnections: true });
      const metrics = queryMetrics(probes.metrics);
      metrics.observe(adapter.getInstance());
      closeRefusedUpgrades(adapter.getInstance());
      const module = QueryModule.with({
        graphql: graphqlOptions({
          schemaPath: graphqlSchemaPath,
          reads,
          clock,
          introspection: configuration.graphqlIntrospection,
          logger,
          failed: metrics.failed,
        }),
        reads,
        feed: new ClusterFeed({ reads, wakes }),
        suite: new SuiteStatus({ readModels, store, coordinator, queue, logger }),
      });
      const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
        logger: new NestLogger(logger),
        abortOnError: false,
      });
      shutdown.on('finish work', 'HTTP server', () => app.close());
      const drain = new RequestDrain(app.getHttpServer());
      shutdown.on('stop intake', 'HTTP requests', () => drain.run(configuration.shutdownWithinMs / 2));
      addProbeRoutes(adapter.getInstance(), probes, options.hostedProbes ?? (() => []));
      probes.addReadiness('clock', () => clock.check());
      probes.addReadiness('read models', async () => {
        await readModels.sql();
        const name = await readModels.subscription();
        const read = (await readModels.subscriptions()).find(s => s.name === name);
        const restored = read?.phase === 'CONTROL_PLANE_RESTORED' ? read : undefined;
        if (restored) throw new Error(`CONTROL_PLANE_RESTORED: ${restored.message ?? restored.name}`);
      });
      await listenOn(app, configuration.http);
      return { http: addressOf(app.getHttpServer()) };
    },
    { ownProbes: false },
  );

async function listenOn(
  app: NestFastifyApplication,
  at: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await app.listen(at.port, at.host);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw code === 'EADDRINUSE' || code === 'EACCES' ? portRefused(at, code) : error;
  }
}
