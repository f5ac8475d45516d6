import type { CommandResult } from '@replicante/command-handling';
import type {
  ClusterAnswer,
  DiscoveryVerdict,
  ObservedCluster,
  PlatformObservation,
} from '@replicante/domain';
import { clusterStream, platformStream, RejectedError } from '@replicante/kernel';
import type { Rejection } from '@replicante/kernel';
import type { Logger } from '@replicante/service';
import type { Aggregates } from '../aggregates.js';
import { derivedCommandId } from '../derived-command-id.js';
import type { ControlCall } from './control-commands.js';
import { controlMetadata } from './control-commands.js';

/** Clusters at once: one discovery must not fill the event store's queue. */
const AT_ONCE = 8;
/** Try the whole discovery again: the derived ids make what was recorded a repeat. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'EVENT_STORE_UNAVAILABLE',
  'OUTCOME_UNKNOWN',
  'CONCURRENT_CHANGE',
  'SERVICE_UNAVAILABLE',
]);

export interface DiscoveryToRecord {
  readonly call: ControlCall;
  readonly ns_id: string;
  readonly name: string;
  readonly observation: PlatformObservation;
  readonly verdict: DiscoveryVerdict;
  /** Milliseconds on the wall clock when the observation arrived here. */
  readonly receivedAtMs: number;
}

/** Gives each cluster of a discovery that counts its part, on its own stream. */
export class RecordDiscoveries {
  constructor(
    private readonly aggregates: Aggregates,
    private readonly logger: Logger,
  ) {}

  /**
   * Answers the highest position reached. A cluster that refuses its part (declared elsewhere) is logged and keeps none of
   * the others; a failure of ours is thrown when all are done.
   */
  async record(discovery: DiscoveryToRecord, position: string): Promise<string> {
    const { state } = await this.aggregates.platformFolds.read(
      platformStream(discovery.ns_id, discovery.name),
    );
    // Deleted in between: nobody waits for its clusters any more.
    if (state.status !== 'known') return position;
    const beganAt = new Date(discovery.receivedAtMs - discovery.observation.age_ms).toISOString();
    const intervalSeconds = state.platform.discovery.interval;
    let reached = position;
    let failure: Rejection | undefined;
    const queue = [...discovery.verdict.clusters];
    const lane = async (): Promise<void> => {
      for (let observed = queue.shift(); observed !== undefined; observed = queue.shift()) {
        const result = await this.#recordOne(discovery, observed, beganAt, intervalSeconds);
        if (result.accepted) reached = result.position > reached ? result.position : reached;
        else if (TRANSIENT.has(result.rejection.code)) failure ??= result.rejection;
        else this.#refused(discovery, observed, result.rejection);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (failure) throw new RejectedError(failure);
    return reached;
  }

  #recordOne(
    { call, ns_id, name }: DiscoveryToRecord,
    observed: ObservedCluster,
    began_at: string,
    interval_seconds: number,
  ): Promise<CommandResult<ClusterAnswer>> {
    const { cluster_id } = observed;
    const platform = { ns_id, name };
    const metadata = controlMetadata(call.meta);
    return this.aggregates.clusters.handle({
      streamId: clusterStream(ns_id, cluster_id),
      command: {
        type: 'RecordDiscovery',
        data: { ns_id, cluster_id, platform, observed, began_at, interval_seconds },
      },
      // A repeat begins at another time by a few milliseconds: the time is no part of what is repeated.
      payload: { ns_id, cluster_id, platform, observed },
      metadata: {
        ...metadata,
        commandId: derivedCommandId(metadata.commandId, `RecordDiscovery:${cluster_id}`),
        causationId: metadata.commandId,
      },
      withinMs: call.withinMs,
    });
  }

  #refused(
    { ns_id, name, call }: DiscoveryToRecord,
    { cluster_id }: ObservedCluster,
    rejection: Rejection,
  ): void {
    this.logger.warn(
      {
        ns_id,
        platform: name,
        cluster_id,
        correlation_id: call.meta.correlation_id,
        error_code: rejection.code,
        error_msg: rejection.message,
      },
      'a cluster of the discovery was not recorded',
    );
  }
}
