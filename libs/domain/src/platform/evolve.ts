import type { EventEnvelope } from '@replicante/kernel';
import { assertNever } from '@replicante/kernel';
import type { PlatformEvent } from './events.js';
import type { PlatformState, PlatformView } from './state.js';

export const missingKey = (node: { readonly cluster_id: string; readonly node_id: string }): string =>
  `${node.cluster_id} ${node.node_id}`;

const withView = (state: PlatformState, change: Partial<PlatformView>): PlatformState => ({
  ...state,
  view: { ...state.view, ...change },
});

export function evolvePlatform(state: PlatformState, { event }: EventEnvelope<PlatformEvent>): PlatformState {
  switch (event.type) {
    case 'platform.PlatformApplied.v1':
      return { status: 'known', platform: event.data.platform, view: state.view };
    case 'platform.PlatformDeleted.v1':
      return { status: 'deleted', view: state.view };
    case 'platform.DiscoveryRequested.v1':
      return state;
    case 'platform.LeaseTaken.v1':
      return withView(state, { lease: event.data.lease });
    case 'platform.PlatformViewChanged.v1':
      return withView(state, {
        clusters: {
          // A cluster that vanished is kept without nodes, so that its stream is told.
          ...Object.fromEntries(Object.keys(state.view.clusters).map(id => [id, []])),
          ...Object.fromEntries(event.data.clusters.map(c => [c.cluster_id, c.nodes])),
        },
        idempotencyKeys: event.data.idempotency_keys,
        suspect: null,
      });
    case 'platform.PlatformAnswerSuspected.v1':
      return withView(state, {
        suspect: { missing: event.data.missing.map(missingKey).sort(), accepted: false },
      });
    case 'platform.SuspectAnswerAccepted.v1':
      return withView(state, { suspect: state.view.suspect && { ...state.view.suspect, accepted: true } });
    case 'platform.PlatformAnswerCleared.v1':
      return withView(state, { suspect: null });
    case 'platform.PlatformUnavailable.v1':
      return withView(state, { failing: event.data.kind });
    case 'platform.PlatformRecovered.v1':
      return withView(state, { failing: null });
    default:
      return assertNever(event);
  }
}
