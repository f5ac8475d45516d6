import type { Coordinator } from '@replicante/coordinator';
import type { EventBus } from '@replicante/event-bus';
import type { EventStore } from '@replicante/event-store';
import type { TaskQueue } from '@replicante/task-queue';

/** The four dependencies of the suite (architecture.md §2), bound to adapters. */
export interface Ports {
  readonly eventStore: EventStore;
  readonly eventBus: EventBus;
  readonly taskQueue: TaskQueue;
  readonly coordinator: Coordinator;
  close(): Promise<void>;
}

export const PORT_NAMES = ['eventStore', 'eventBus', 'taskQueue', 'coordinator'] as const;
export type PortName = (typeof PORT_NAMES)[number];

/** What a service asked for, and nothing more: a port that it does not use opens no connection. */
export type BoundPorts<N extends PortName> = Pick<Ports, N> & { close(): Promise<void> };
