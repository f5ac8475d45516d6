import type { HandlingObserver, Tools } from '@replicante/command-handling';
import { CommandHandler, StreamFolds } from '@replicante/command-handling';
import type { Coordinator } from '@replicante/coordinator';
import type { EventStore } from '@replicante/event-store';
import { COORDINATOR_STREAM, RejectedError } from '@replicante/kernel';
import { accepted } from '../answers.js';
import type { UserCall } from '../users/user-commands.js';
import { userMetadata } from '../users/user-commands.js';
import { epochDecider } from './epoch.decider.js';
import type {
  EpochAnswer,
  EpochContext,
  EpochRaised,
  EpochState,
  RaiseCoordinatorEpoch,
} from './epoch.decider.js';

async function raise(coordinator: Coordinator, above: number): Promise<EpochContext> {
  try {
    const leases = await coordinator.leases();
    const epoch = await coordinator.newEpoch(above);
    return { epoch, highestToken: Math.max(0, ...leases.map(lease => lease.token)) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'CoordinatorError') throw error;
    throw new RejectedError({ code: 'SERVICE_UNAVAILABLE', message: `the coordinator: ${error.message}` });
  }
}

export interface RaisedEpoch {
  readonly epoch: number;
}

/**
 * The way out after lost coordinator data, and the only one that raises the epoch (safety.md §1). Every raise is in the
 * stream, so its highest is the highest that any lease in any stream can carry. The coordinator is raised first: an
 * event without its epoch would promise a fence that is not there; an epoch without its event only costs a number.
 */
export class RaiseEpoch {
  readonly #handler: CommandHandler<
    EpochState,
    RaiseCoordinatorEpoch,
    EpochRaised,
    EpochContext,
    EpochAnswer
  >;

  constructor(options: {
    readonly store: EventStore;
    readonly coordinator: Coordinator;
    readonly tools: Tools;
    readonly observer: HandlingObserver;
  }) {
    const { store, coordinator, observer } = options;
    this.#handler = new CommandHandler({
      ...options,
      decider: epochDecider,
      folds: new StreamFolds({
        store,
        observer,
        folding: { ...epochDecider, knows: type => type === 'coordinator.EpochRaised.v1' },
      }),
      context: (_envelope, { state }) => raise(coordinator, state.highest),
    });
  }

  async raise({ meta, withinMs }: UserCall, reason: string): Promise<RaisedEpoch> {
    const result = await this.#handler.handle({
      streamId: COORDINATOR_STREAM,
      command: { type: 'RaiseCoordinatorEpoch', data: { reason } },
      metadata: userMetadata(meta),
      withinMs,
    });
    return { epoch: accepted(result).answer.epoch };
  }
}
