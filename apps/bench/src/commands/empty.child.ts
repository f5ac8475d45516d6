import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { GrpcMethod } from '@nestjs/microservices';
import { GrpcServer } from '@replicante/service';
import { answerParent } from '@replicante/processes';

const ANSWER = {
  position: '1',
  revision: 1,
  changed: true,
  ref: 'ClusterSpec/default/any',
  action_id: '',
  repeated: false,
};

@Controller()
class EmptyController {
  @GrpcMethod('CommandService', 'OrchestrateCluster')
  orchestrateCluster(): Promise<typeof ANSWER> {
    return Promise.resolve(ANSWER);
  }
}

@Module({})
class EmptyModule {
  static whole(): DynamicModule {
    return { module: EmptyModule, controllers: [EmptyController] };
  }
}

/** The transport of `command` with nothing behind it; answers its address. */
answerParent(async () => {
  const server = new GrpcServer({
    host: '127.0.0.1',
    port: 0,
    packages: { 'replicante.command.v1': 'command.proto' },
    services: ['replicante.command.v1.CommandService'],
    drainMs: 100,
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(EmptyModule.whole(), {
    strategy: server,
    logger: false,
    abortOnError: false,
  });
  await app.listen();
  return server.address;
});
