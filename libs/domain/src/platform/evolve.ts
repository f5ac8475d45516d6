import type { EventEnvelope } from '@replicante/kernel';
import { assertNever, sameJson } from '@replicante/kernel';
import { type Changes, withChange } from '../cluster/flapping.js';
import type { PlatformEvent, PlatformViewChanged } from './events.js';
import type { PlatformState, PlatformView } from './state.js';

export const missingKey = (node: { readonly cluster_id: string; readonly node_id: string }): string =>
  `${node.cluster_id} ${node.node_id}`;

const withView = (state: PlatformState, change: Partial<PlatformView>): PlatformState => ({
  ...state,
  view: { ...state.view, ...change },
});

/** Growth alone is no flapping: it begins with something that is taken back. */
const noted = ({ changes }: PlatformView, at: string, takesBack: boolean): Changes =>
  takesBack || changes.length > 0 ? withChange(changes, at) : changes;

const takesBack = ({ clusters }: PlatformView, shown: PlatformViewChanged['data']['clusters']): boolean => {
  const now = new Map(shown.map(cluster => [cluster.cluster_id, cluster.nodes]));
  return Object.entries(clusters).some(([id, nodes]) =>
    nodes.some(node => !now.get(id)?.some(other => sameJson(node, other))),
  );
};

export function evolvePlatform(
  state: PlatformState,
  { event, metadata }: EventEnvelope<PlatformEvent>,
): PlatformState {
  const at = metadata.recordedAt;
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
        changes: noted(state.view, at, takesBack(state.view, event.data.clusters)),
      });
    case 'platform.PlatformAnswerSuspected.v1':
      return withView(state, {
        suspect: { missing: event.data.missing.map(missingKey).sort(), accepted: false },
        changes: noted(state.view, at, true),
      });
    case 'platform.SuspectAnswerAccepted.v1':
      return withView(state, { suspect: state.view.suspect && { ...state.view.suspect, accepted: true } });
    case 'platform.PlatformAnswerCleared.v1':
      return withView(state, { suspect: null, changes: noted(state.view, at, false) });
    case 'platform.PlatformUnavailable.v1':
      return withView(state, { failing: event.data.kind, changes: noted(state.view, at, true) });
    case 'platform.PlatformRecovered.v1':
      return withView(state, { failing: null, changes: noted(state.view, at, false) });
    default:
      return assertNever(event);
  }
}
