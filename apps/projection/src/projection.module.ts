import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { ReadModelSubscriptions } from './read-model-subscriptions.js';
import { SubscriptionHost } from './subscription-host.js';

export interface ProjectionProviders {
  readonly host: SubscriptionHost;
  readonly readModels: ReadModelSubscriptions;
}

@Module({})
export class ProjectionModule {
  /** Providers are made by `startProjection`, where each says what it needs. */
  static with({ host, readModels }: ProjectionProviders): DynamicModule {
    return {
      module: ProjectionModule,
      providers: [
        { provide: SubscriptionHost, useValue: host },
        { provide: ReadModelSubscriptions, useValue: readModels },
      ],
    };
  }
}
