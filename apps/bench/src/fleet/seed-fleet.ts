import type { PlatformEvent } from '@replicante/domain';
import type { EventStore } from '@replicante/event-store';
import { clusterStream, namespaceStream, platformStream } from '@replicante/kernel';
import { namespaceApplied, NS, specOf } from '../rig/fleet-events.js';
import type { AnyEvent } from '../rig/seed.js';
import { seed } from '../rig/seed.js';
import type { FleetShape } from '@replicante/simulated-fleet';
import { clusterIds, nodeIdOf } from '@replicante/simulated-fleet';

export interface SeededFleet extends FleetShape {
  readonly intervalSeconds: number;
  readonly discoverySeconds: number;
  readonly platformUrl: string;
  /** Addresses by cluster, then node: what the last discovery showed. */
  readonly agents: readonly (readonly string[])[];
}

const PLATFORM = 'bench';

/** A store that knows the fleet as declared and discovered. */
export async function seedFleet(store: EventStore, fleet: SeededFleet): Promise<void> {
  const { agents, nodesPerCluster, intervalSeconds } = fleet;
  await seed(
    store,
    new Map<string, readonly AnyEvent[]>([
      [namespaceStream(NS), [namespaceApplied]],
      [platformStream(NS, PLATFORM), [platformApplied(fleet)]],
      ...clusterIds(fleet).map((id, cluster): [string, AnyEvent[]] => [
        clusterStream(NS, id),
        [
          {
            type: 'cluster.ClusterSpecApplied.v1',
            data: { spec: specOf(id, nodesPerCluster, intervalSeconds), synthetic: false },
          },
          {
            type: 'cluster.DiscoveryRecorded.v1',
            data: {
              before: null,
              platform: { ns_id: NS, name: PLATFORM },
              discovery: {
                ns_id: NS,
                cluster_id: id,
                nodes: (agents[cluster] ?? []).map((agent_address, node) => ({
                  node_id: nodeIdOf(cluster, node),
                  agent_address,
                  node_class: 'small',
                  node_group: 'main',
                })),
              },
            },
          },
        ],
      ]),
    ]),
  );
}

const platformApplied = ({ discoverySeconds, platformUrl }: SeededFleet): PlatformEvent => ({
  type: 'platform.PlatformApplied.v1',
  data: {
    platform: {
      ns_id: NS,
      name: PLATFORM,
      active: true,
      discovery: { interval: discoverySeconds },
      url: { base_url: platformUrl, tls_ca_bundle: null, tls_insecure_skip_verify: false, token: null },
    },
  },
});
