import type {
  DeprovisionRequest,
  DiscoveredCluster,
  PlatformFence,
  ProvisionAnswer,
  ProvisionRequest,
} from '@replicante/platform-protocol';

/** What came with an effect. Ids are null when the caller sent none (third parties do not). */
export interface Attempt {
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
  readonly fence: PlatformFence | null;
  /**
   * This attempt was begun by an earlier run that ended before it recorded a result: complete what it left (find the
   * intent by the ids above), do not do it again (safety.md §2).
   */
  readonly interrupted: boolean;
}

/** What a platform has to provide; effects of one cluster are never called concurrently. */
export interface PlatformImplementation {
  /** Every node that exists, running or not; each cluster once. */
  discover(): Promise<readonly DiscoveredCluster[]>;
  /** Write the intent durably before the effect, with the attempt's ids. Throw `PlatformRefusal` to say no. */
  provision(request: ProvisionRequest, attempt: Attempt): Promise<ProvisionAnswer>;
  deprovision(request: DeprovisionRequest, attempt: Attempt): Promise<void>;
}

/** A "no" that had no effect: answered with this status and, for a known attempt, again. */
export class PlatformRefusal extends Error {
  override readonly name = 'PlatformRefusal';

  constructor(
    readonly status: 400 | 404 | 409 | 422,
    message: string,
    /** Fields added to the error document (§6: `defined_node_groups`, …). */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}
