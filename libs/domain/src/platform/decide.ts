import type { CommandEnvelope, Decider, Decision } from '@replicante/kernel';
import { accept, assertNever, reject, sameJson } from '@replicante/kernel';
import { namespaceGate } from '../namespace/gate.js';
import type {
  AcceptDiscovery,
  ApplyPlatform,
  PlatformAnswer,
  PlatformCommand,
  RequestDiscovery,
} from './commands.js';
import type { PlatformContext } from './context.js';
import { beginDiscovery, submitDiscovery } from './discovery.js';
import type { PlatformEvent } from './events.js';
import { evolvePlatform } from './evolve.js';
import type { PlatformState } from './state.js';
import { initialPlatform } from './state.js';

type Result = Decision<PlatformEvent, PlatformAnswer>;
const NONE: PlatformAnswer = { kind: 'none' };
const done = (...events: readonly PlatformEvent[]): Result =>
  accept<PlatformEvent, PlatformAnswer>(events, NONE);

function apply(
  { data: { platform } }: ApplyPlatform,
  state: PlatformState,
  context: PlatformContext,
): Result {
  const gate = namespaceGate(context.namespace, platform.ns_id);
  if (gate) return reject(gate);
  if (state.status === 'known' && sameJson(state.platform, platform)) return done();
  return done({ type: 'platform.PlatformApplied.v1', data: { platform } });
}

const notFound = ({ ns_id, name }: { readonly ns_id: string; readonly name: string }): Result =>
  reject({ code: 'PLATFORM_NOT_FOUND', message: `Platform '${ns_id}.${name}' does not exist` });

function requestDiscovery({ data }: RequestDiscovery, state: PlatformState): Result {
  if (state.status !== 'known') return notFound(data);
  if (!state.platform.active)
    return reject({
      code: 'PLATFORM_INACTIVE',
      message: `Platform '${data.ns_id}.${data.name}' is inactive`,
    });
  return done({ type: 'platform.DiscoveryRequested.v1', data });
}

function acceptDiscovery({ data }: AcceptDiscovery, state: PlatformState): Result {
  if (state.status !== 'known') return notFound(data);
  if (state.view.suspect === null)
    return reject({
      code: 'NOTHING_TO_SETTLE',
      message: `Platform '${data.ns_id}.${data.name}' has no suspect answer`,
    });
  if (state.view.suspect.accepted) return done();
  return done({ type: 'platform.SuspectAnswerAccepted.v1', data });
}

export const platformDecider: Decider<
  PlatformState,
  CommandEnvelope<PlatformCommand>,
  PlatformEvent,
  PlatformContext,
  PlatformAnswer
> = {
  initialState: initialPlatform,
  decide: ({ command, metadata }, state, context) => {
    switch (command.type) {
      case 'ApplyPlatform':
        return apply(command, state, context);
      case 'DeletePlatform':
        return state.status === 'known'
          ? done({ type: 'platform.PlatformDeleted.v1', data: command.data })
          : done();
      case 'RequestDiscovery':
        return requestDiscovery(command, state);
      case 'AcceptDiscovery':
        return acceptDiscovery(command, state);
      case 'BeginDiscovery':
        return beginDiscovery(command, state, context, metadata);
      case 'SubmitDiscovery':
        return submitDiscovery(command, state, context, metadata);
      default:
        return assertNever(command);
    }
  },
  evolve: evolvePlatform,
};
