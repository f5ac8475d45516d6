import type { LeaseClaim, Rejection } from '@replicante/kernel';
import { compareLeases } from '@replicante/kernel';
import type { ClusterState } from './cluster/state.js';

const text = (lease: LeaseClaim): string => `${lease.epoch}.${lease.token} of ${lease.holder}`;

/**
 * `taken`: a newer lease, to be recorded before anything is answered under it. `same`: the recorded one. Else the
 * refusal: a lower token is fenced, and so is the same token in another hand (safety.md §1).
 */
export function compareClaim(
  recorded: LeaseClaim | null,
  claim: LeaseClaim | undefined,
  work: string,
): 'taken' | 'same' | Rejection {
  if (!claim)
    return {
      code: 'INVALID_REQUEST',
      message: 'The call needs a lease',
      violations: [{ field: 'meta.lease', description: 'give the lease under which the work is done' }],
    };
  if (claim.work !== work)
    return {
      code: 'INVALID_REQUEST',
      message: `The lease is for other work`,
      violations: [{ field: 'meta.lease.work', description: `must be '${work}', is '${claim.work}'` }],
    };
  if (!recorded) return 'taken';
  const order = compareLeases(claim, recorded);
  if (order > 0) return 'taken';
  if (order === 0 && claim.holder === recorded.holder) return 'same';
  return { code: 'FENCED', message: `Lease ${text(claim)} is fenced by ${text(recorded)}` };
}

export const recordedLease = (state: ClusterState, work: string): LeaseClaim | null =>
  state.leases.get(work) ?? null;
