import { createHash } from 'node:crypto';
import type { Lease } from '@replicante/coordinator';
import type { Answer, DiscoveryPlan, ObservedCluster, PlatformObservation } from '@replicante/domain';
import type {
  Discovery,
  PlatformConnections,
  PlatformResult,
  RejectedCluster,
} from '@replicante/platform-protocol';
import { describePlatformResult } from '@replicante/platform-protocol';
import type { SecretReference } from '@replicante/service';
import type { TaskContext, TaskResult } from '@replicante/task-queue';
import { v7 } from 'uuid';
import type { Control, Work } from '../control-client.js';
import { claimOf } from '../leases/partition-leases.js';
import { NO_LEASE, runUnderLease } from '../leases/run-under-lease.js';
import { wireText } from '../wire-text.js';
import type { SilentPlatforms } from './silent-platforms.js';

export interface DiscoverPlatformOptions {
  readonly control: Pick<Control, 'beginDiscovery' | 'submitDiscovery'>;
  readonly platforms: Pick<PlatformConnections, 'client'>;
  readonly silent: SilentPlatforms;
  readonly secret: (reference: SecretReference) => Promise<string>;
  readonly leaseFor: (partition: number) => Promise<Lease | undefined>;
  readonly worker: string;
  readonly monotonicMs: () => number;
  /** Clusters of the answer that cannot be used; the others count. */
  readonly onRejected: (task: PlatformTask, rejected: readonly RejectedCluster[]) => void;
}

export interface PlatformTask {
  readonly ns_id: string;
  readonly name: string;
  /** Clusters declared on the platform of which no discovery has shown a node yet. */
  readonly awaited: readonly string[];
  readonly partition: number;
}

const CALL_MS = 10_000;

/** Asks a platform what exists and hands it to `command`. A platform that does not answer is an answer too. */
export class DiscoverPlatform {
  /** By platform: its last answer, and since when it is that. */
  readonly #answers = new Map<string, { readonly digest: string; readonly sinceMs: number }>();

  constructor(private readonly options: DiscoverPlatformOptions) {}

  run(task: PlatformTask, context: TaskContext): Promise<TaskResult> {
    const { leaseFor } = this.options;
    const leased = { partition: task.partition, signal: context.signal, leaseFor };
    return runUnderLease(leased, (lease, signal) => this.#underLease(task, context, lease, signal));
  }

  async #underLease(
    task: PlatformTask,
    context: TaskContext,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<TaskResult> {
    const { control, monotonicMs, worker } = this.options;
    const discoveryId = v7();
    const work: Work = { claim: claimOf(lease, `discovery:${task.name}`), correlationId: discoveryId };
    const callMs = (): number => Math.min(CALL_MS, lease.remainingMs());

    const plan = await control.beginDiscovery(work, task, { withinMs: callMs(), signal });
    const sentMs = monotonicMs();
    const result = await this.#ask(plan, lease, signal);
    if (signal.aborted) return NO_LEASE;
    await context.heartbeat();
    if (result.kind === 'ok' && result.value.rejected.length > 0)
      this.options.onRejected(task, result.value.rejected);
    const answer = answerOf(result, task.awaited);
    const observation: PlatformObservation = {
      discovery_id: discoveryId,
      same_for_ms: this.#sameFor(task, answer),
      observer: worker,
      age_ms: Math.max(0, Math.round(monotonicMs() - sentMs)),
      idempotency_keys: result.kind === 'ok' && result.value.idempotencyKeys,
      answer,
      unreadable: result.kind === 'ok' ? result.value.rejected.flatMap(unreadable) : [],
    };
    await control.submitDiscovery(work, task, wireText(observation), { withinMs: callMs(), signal });
    return { outcome: 'executed' };
  }

  /** The words of a failure do not count: only its kind. */
  #sameFor({ ns_id, name }: PlatformTask, answer: PlatformObservation['answer']): number {
    const key = `${ns_id}:${name}`;
    const text = wireText(answer.ok ? answer.value : answer.kind);
    const digest = createHash('sha256').update(text).digest('base64');
    const nowMs = this.options.monotonicMs();
    const known = this.#answers.get(key);
    if (known?.digest === digest) return Math.round(nowMs - known.sinceMs);
    this.#answers.set(key, { digest, sinceMs: nowMs });
    return 0;
  }

  async #ask(plan: DiscoveryPlan, lease: Lease, signal: AbortSignal): Promise<PlatformResult<Discovery>> {
    let token: string | undefined;
    try {
      token = plan.token === null ? undefined : await this.options.secret(plan.token);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'unreachable', reason: 'expired', message };
    }
    const client = this.options.platforms.client({
      baseUrl: plan.base_url,
      caBundle: plan.tls_ca_bundle ?? undefined,
      insecureSkipVerify: plan.tls_insecure_skip_verify,
      token,
    });
    // Two thirds: the rest is for recording what was seen.
    const timeoutMs = Math.max(
      1,
      Math.round(Math.min(lease.remainingMs() * 0.66, plan.interval_seconds * 1_000)),
    );
    return this.options.silent.ask(plan.base_url, () => client.discover({ signal, timeoutMs }));
  }
}

/**
 * What the platform shows. An awaited cluster that it does not name has no nodes there, and that is said: an unknown
 * provision of a cluster's first node is settled by a discovery that does not show it (safety.md §3).
 */
export function answerOf(
  result: PlatformResult<Discovery>,
  awaited: readonly string[] = [],
): Answer<readonly ObservedCluster[]> {
  const error = { error_msg: describePlatformResult(result) };
  switch (result.kind) {
    case 'ok':
      return {
        ok: true,
        value: [
          ...result.value.clusters,
          ...result.value.rejected.flatMap(unfit),
          ...missingFrom(result.value, awaited),
        ],
      };
    case 'refused': {
      const { error_msg, error_cause, error_trail } = result.error;
      return {
        ok: false,
        kind: 'refused',
        error: {
          error_msg,
          ...(error_cause === undefined ? {} : { error_cause }),
          ...(error_trail === undefined ? {} : { error_trail }),
        },
      };
    }
    case 'invalid':
      return { ok: false, kind: 'invalid', error };
    case 'unreachable':
      if (result.reason === 'aborted' || result.reason === 'expired')
        return { ok: false, kind: 'not_polled', error };
      return { ok: false, kind: result.reason === 'deadline' ? 'timeout' : 'unreachable', error };
    case 'outcomeUnknown':
      if (result.reason === 'aborted') return { ok: false, kind: 'not_polled', error };
      if (result.reason === 'deadline') return { ok: false, kind: 'timeout', error };
      return { ok: false, kind: result.reason === 'connection' ? 'unreachable' : 'invalid', error };
  }
}

/** What could not be read may be any of them. */
function missingFrom(
  { clusters, rejected }: Discovery,
  awaited: readonly string[],
): readonly ObservedCluster[] {
  if (rejected.some(r => r.cluster_id === null)) return [];
  const named = new Set([...clusters, ...rejected].map(c => c.cluster_id));
  return awaited.filter(id => !named.has(id)).map(cluster_id => ({ cluster_id, nodes: [] }));
}

/** Named without nodes: the domain records an id that does not fit, so that people see it. */
const unfit = ({ cluster_id }: RejectedCluster): readonly ObservedCluster[] =>
  cluster_id === null || FIT.test(cluster_id) ? [] : [{ cluster_id, nodes: [] }];
/** Its nodes could not be read: what is known of it stays. */
const unreadable = ({ cluster_id }: RejectedCluster): readonly (string | null)[] =>
  cluster_id === null || FIT.test(cluster_id) ? [cluster_id] : [];
const FIT = /^[A-Za-z0-9._-]{1,128}$/;
