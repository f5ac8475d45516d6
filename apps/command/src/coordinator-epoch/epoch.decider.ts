import type { Command, CommandEnvelope, Decider, DomainEvent } from '@replicante/kernel';
import { accept } from '@replicante/kernel';

export type RaiseCoordinatorEpoch = Command<'RaiseCoordinatorEpoch', { readonly reason: string }>;

/** Leases granted from now on carry `epoch`. For ever in the log: who did it, why, and what was seen then. */
export type EpochRaised = DomainEvent<
  'coordinator.EpochRaised.v1',
  { readonly epoch: number; readonly before: number; readonly highest_token: number; readonly reason: string }
>;

export interface EpochState {
  /** Highest that any lease can have carried; the first epoch of a coordinator is 1. */
  readonly highest: number;
}

/** What the coordinator answered, asked for this decision. */
export interface EpochContext {
  readonly epoch: number;
  readonly highestToken: number;
}

export interface EpochAnswer {
  readonly epoch: number;
}

export const epochDecider: Decider<
  EpochState,
  CommandEnvelope<RaiseCoordinatorEpoch>,
  EpochRaised,
  EpochContext,
  EpochAnswer
> = {
  initialState: { highest: 1 },
  decide: ({ command }, { highest }, { epoch, highestToken }) =>
    accept<EpochRaised, EpochAnswer>(
      [
        {
          type: 'coordinator.EpochRaised.v1',
          data: { epoch, before: highest, highest_token: highestToken, reason: command.data.reason },
        },
      ],
      { epoch },
    ),
  evolve: ({ highest }, { event }) => ({ highest: Math.max(highest, event.data.epoch) }),
};
