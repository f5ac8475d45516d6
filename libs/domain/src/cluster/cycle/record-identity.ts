import type { NodeObservation } from '../../model/observation.js';
import type { Cycle } from './cycle.js';
import { identityOf } from './read-node.js';

interface Claim {
  readonly node_id: string;
  readonly store_cluster_id: string;
  readonly store_identity: string | null;
}

/** What a healthy member says whose data it has. */
function claimOf({ node_id, node, store, shards }: NodeObservation): readonly Claim[] {
  const healthy = node.ok && node.value.node_id === node_id && node.value.node_status === 'HEALTHY';
  if (!healthy || !store.ok || !shards.ok) return [];
  const { cluster_id, attributes } = store.value;
  return [{ node_id, store_cluster_id: cluster_id, store_identity: identityOf(attributes) }];
}

/** The first claim of what most of them say; between equals `preferred` decides, then the order of the nodes. */
function most(
  claims: readonly Claim[],
  key: (claim: Claim) => string,
  preferred: (claim: Claim) => boolean,
): Claim | undefined {
  const votes = new Map<string, number>();
  for (const claim of claims) votes.set(key(claim), (votes.get(key(claim)) ?? 0) + 1);
  const weight = (claim: Claim): number => (votes.get(key(claim)) ?? 0) + (preferred(claim) ? 0.5 : 0);
  return claims.reduce<Claim | undefined>(
    (best, claim) => (best === undefined || weight(claim) > weight(best) ? claim : best),
    undefined,
  );
}

/**
 * The identity of the data, at the first HEALTHY members (safety.md §5): by the word of most of them, so that one that
 * lies in the first cycle quarantines itself and not all others. A record that was made when nobody told the identity of
 * the data is completed when most do.
 */
export function recordIdentity(cycle: Cycle): void {
  const { recorder, spec, observation } = cycle;
  const { identity, members } = recorder.state;
  if (identity !== null && identity.store_identity !== null) return;
  const claims = observation.nodes.filter(n => members.has(n.node_id)).flatMap(claimOf);
  const cluster =
    identity?.store_cluster_id ??
    most(
      claims,
      c => c.store_cluster_id,
      c => c.store_cluster_id === spec.cluster_id,
    )?.store_cluster_id;
  const ofCluster = claims.filter(c => c.store_cluster_id === cluster);
  const claim = most(
    ofCluster,
    c => c.store_identity ?? '',
    c => c.store_identity !== null,
  );
  if (!claim || (identity !== null && claim.store_identity === null)) return;
  const { ns_id, cluster_id } = spec;
  recorder.emit({ type: 'cluster.StoreIdentityRecorded.v1', data: { ns_id, cluster_id, ...claim } });
}
