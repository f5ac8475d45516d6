import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import { Reads } from './arguments/reads.js';
import { HttpRefusalFilter } from './http/http-refusal.filter.js';
import { ClusterFeed } from './live/cluster-feed.js';
import { LiveResolver } from './live/live.resolver.js';
import { ActionResolver } from './resolvers/action.resolver.js';
import { ClusterResolver } from './resolvers/cluster.resolver.js';
import { DecisionResolver } from './resolvers/decision.resolver.js';
import { EventResolver } from './resolvers/event.resolver.js';
import { NamespaceResolver } from './resolvers/namespace.resolver.js';
import { NodeResolver } from './resolvers/node.resolver.js';
import { PlatformResolver } from './resolvers/platform.resolver.js';
import { StatusResolver } from './resolvers/status.resolver.js';
import { SuiteStatus } from './resolvers/suite-status.js';

export interface QueryProviders {
  readonly graphql: MercuriusDriverConfig;
  readonly reads: Reads;
  readonly feed: ClusterFeed;
  readonly suite: SuiteStatus;
}

@Module({})
export class QueryModule {
  /** Providers are made by `startQuery`, where each says what it needs. */
  static with({ graphql, reads, feed, suite }: QueryProviders): DynamicModule {
    return {
      module: QueryModule,
      imports: [GraphQLModule.forRoot<MercuriusDriverConfig>({ driver: MercuriusDriver, ...graphql })],
      providers: [
        { provide: APP_FILTER, useClass: HttpRefusalFilter },
        { provide: Reads, useValue: reads },
        { provide: ClusterFeed, useValue: feed },
        { provide: SuiteStatus, useValue: suite },
        NamespaceResolver,
        PlatformResolver,
        ClusterResolver,
        NodeResolver,
        ActionResolver,
        DecisionResolver,
        EventResolver,
        StatusResolver,
        LiveResolver,
      ],
    };
  }
}
