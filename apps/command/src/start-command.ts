import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { observers, StreamClock } from '@replicante/command-handling';
import type { RunningService, ServiceOptions } from '@replicante/service';
import { bootService, GrpcErrorFilter, GrpcServer, NestLogger } from '@replicante/service';
import { aggregates } from './aggregates.js';
import { CommandModule } from './command.module.js';
import { ControlAccess } from './control/control-token.guard.js';
import { ControlCommands } from './control/control-commands.js';
import { RecordDiscoveries } from './control/record-discoveries.js';
import { RaiseEpoch } from './coordinator-epoch/raise-epoch.js';
import { keepSnapshots } from './keep-snapshots.js';
import { commandMetrics } from './metrics.js';
import { snapshotFaults } from './snapshot-faults.js';
import { tools } from './tools.js';
import { UserCommands } from './users/user-commands.js';

/** The only writer of the event store. */
export const startCommand = (options: ServiceOptions): Promise<RunningService> =>
  bootService('command', options, async runtime => {
    const { configuration, logger, probes, shutdown, ports, session } = runtime;
    const { eventStore: store, coordinator } = await ports('eventStore', 'coordinator');
    // For membership only: commands rest on the event store, and go on without it.
    session(coordinator);
    const streamClock = new StreamClock(tools.clock);
    const observer = observers(commandMetrics(probes.metrics), streamClock, snapshotFaults(logger));
    probes.addReadiness('event store', async () => {
      await store.head();
    });
    probes.addReadiness('clock', () => streamClock.check());

    const snapshots = await keepSnapshots(runtime, store, observer);
    const handled = aggregates({ store, tools, observer, ...(snapshots && { snapshots }) });
    const server = new GrpcServer({
      ...configuration.grpc,
      packages: { 'replicante.command.v1': 'command.proto', 'replicante.control.v1': 'control.proto' },
      services: ['replicante.command.v1.CommandService', 'replicante.control.v1.ControlService'],
      drainMs: configuration.shutdownWithinMs / 2,
    });
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(
      CommandModule.with({
        users: new UserCommands(handled, tools),
        control: new ControlCommands(handled),
        controlAccess: new ControlAccess(configuration.controlToken),
        discoveries: new RecordDiscoveries(handled, logger),
        epochs: new RaiseEpoch({ store, coordinator, tools, observer }),
      }),
      { strategy: server, logger: new NestLogger(logger), abortOnError: false },
    );
    app.useGlobalFilters(new GrpcErrorFilter(logger));
    shutdown.on('stop intake', 'gRPC server', () => app.close());
    await app.listen();
    server.setServing(true);
    return { grpc: server.address };
  });
