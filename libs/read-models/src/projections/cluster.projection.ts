import type { ClusterEvent } from '@replicante/domain';
import {
  CLUSTER_CONVERGENCE,
  CLUSTER_DISCOVERY,
  CLUSTER_REPORT,
  CLUSTER_SPEC,
  CLUSTER_TOUCHED,
} from '../rows/cluster-rows.js';
import { change, type RowChange } from '../rows/row-group.js';
import { actionProjection } from './action.projection.js';
import { decisionProjection } from './decision.projection.js';
import type { EventHandlers, EventPlace } from './event-handlers.js';
import { NO_ROWS } from './event-handlers.js';
import { discoveredNodes, nodeProjection } from './node.projection.js';

type OfCluster = { readonly ns_id: string; readonly cluster_id: string };
const key = ({ ns_id, cluster_id }: OfCluster) => ({ ns_id, cluster_id });

/** The revision that the cluster's rows show, whatever the event was. */
export const clusterTouched = (of: OfCluster, { revision, at }: EventPlace): RowChange =>
  change(CLUSTER_TOUCHED, key(of), revision, { updated_at: at });

export const clusterProjection: EventHandlers<ClusterEvent> = {
  ...nodeProjection,
  ...actionProjection,
  ...decisionProjection,

  'cluster.ClusterSpecApplied.v1': ({ spec, synthetic }, { revision }) => [
    change(CLUSTER_SPEC, key(spec), revision, {
      spec,
      synthetic,
      active: spec.active,
      interval_seconds: spec.interval,
      platform_ns_id: spec.platform && (spec.platform.ns_id ?? spec.ns_id),
      platform_name: spec.platform?.name ?? null,
    }),
  ],
  'cluster.ClusterSpecDeleted.v1': (data, { revision }) => [
    change(CLUSTER_SPEC, key(data), revision, {
      spec: null,
      synthetic: false,
      active: false,
      interval_seconds: null,
      platform_ns_id: null,
      platform_name: null,
    }),
  ],
  'cluster.DiscoveryRecorded.v1': ({ discovery, platform }, place) => [
    change(CLUSTER_DISCOVERY, key(discovery), place.revision, {
      discovery: {
        nodes: discovery.nodes,
        platform: { ns_id: platform.ns_id ?? discovery.ns_id, name: platform.name },
      },
      discovered_at: place.at,
    }),
    ...discoveredNodes(discovery, place),
  ],
  'cluster.OrchestrateReportRecorded.v1': ({ report }, { revision, at }) => [
    change(CLUSTER_REPORT, key(report), revision, { report, report_recorded_at: at }),
  ],
  'cluster.ConvergenceChanged.v1': (data, { revision, at }) => [
    change(CLUSTER_CONVERGENCE, key(data), revision, { convergence: data, convergence_changed_at: at }),
  ],

  // Seen in the list of events; no object shows them.
  'cluster.CycleRequested.v1': NO_ROWS,
  'cluster.LeaseTaken.v1': NO_ROWS,
  'cluster.StoreIdentityRecorded.v1': NO_ROWS,
  'cluster.AttributeDemoted.v1': NO_ROWS,
  'cluster.RetryRequested.v1': NO_ROWS,
  'cluster.ReinitialisationAllowed.v1': NO_ROWS,
};
