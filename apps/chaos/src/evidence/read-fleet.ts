import { until } from '../until.js';
import type { Fleet } from '../world/fleet.js';
import { FLEET_NS } from '../world/fleet-namespace.js';
import type { FleetEvidence, FleetNode } from './evidence.js';
import type { QueryClient } from './read-served.js';

/** Some cycles of each cluster, and an agent's time-out. */
const SEEN_WITHIN_MS = 60_000;

/** The fleet at rest, and what is served of it once that is the same; what never becomes so the proof will name. */
export async function readFleet(
  fleet: Fleet | undefined,
  query: Pick<QueryClient, 'nodesOf'>,
): Promise<FleetEvidence | null> {
  if (!fleet) return null;
  const read = async (): Promise<FleetEvidence> => ({
    played: await fleet.played(),
    seen: (await Promise.all(fleet.clusterIds.map(id => query.nodesOf(FLEET_NS, id)))).flat(),
  });
  return until('the fleet is seen as it is', SEEN_WITHIN_MS, async () => {
    const now = await read();
    return shown(now.played.nodes) === shown(now.seen) && now;
  }).catch(read);
}

const shown = (nodes: readonly FleetNode[]): string =>
  nodes
    .map(({ clusterId, nodeId, status }) => `${clusterId}/${nodeId} ${status}`)
    .sort()
    .join();
