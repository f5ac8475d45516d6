import type { CommandMetadata, Emitted } from '@replicante/kernel';
import type { DecisionRecord } from '../model/decision.js';
import type { Restless } from '../model/observation.js';
import type { ClusterContext } from './context.js';
import type { ClusterDraft } from './draft.js';
import { openDraft } from './draft.js';
import type { ClusterEvent } from './events.js';
import { applyEvent } from './evolve.js';
import { digestOf, FLAP_CHANGES, isAtRest, longestPause, watch, within } from './flapping.js';
import { REASONS } from './reasons.js';
import type { ClusterState, LatestDecision } from './state.js';
import { ruleKey } from './state.js';
import type { Verdict } from './verdict.js';

/** safety.md §12 for decisions: "more than 5 times in 10 minutes". */
const FLAP_WINDOW_MS = 10 * 60_000;
/** Two reasons that stand side by side for so short a time are not at rest, whatever the pace. */
const REST_AT_LEAST_MS = 1_000;

export interface RuleIdentity {
  readonly id: string;
  readonly version: number;
}

/**
 * Collects the events of one decision and keeps the state as it is after them, so that a later rule of the same
 * decision sees what an earlier one did. `state` is a draft: read it, never keep it.
 */
export class Recorder {
  readonly state: ClusterDraft;
  readonly events: Emitted<ClusterEvent>[] = [];
  /** By `of`: what flapped in the cycle before. */
  readonly remembered: ReadonlyMap<string, Restless>;
  /** What flaps in this one. */
  readonly restless: Restless[] = [];
  /** Index of the decision that is being carried out: what is emitted meanwhile is caused by it. */
  private cause: number | undefined;

  constructor(
    state: ClusterState,
    private readonly revision: number,
    private readonly metadata: CommandMetadata,
    private readonly context: ClusterContext,
    private readonly cycleId: string | null,
    remembered: readonly Restless[] = [],
  ) {
    this.state = openDraft(state);
    this.remembered = new Map(remembered.map(restless => [restless.of, restless]));
  }

  get now(): string {
    return this.metadata.now;
  }

  get nowMs(): number {
    return Date.parse(this.metadata.now);
  }

  /** Index of the event within this decision. */
  emit(event: ClusterEvent, causedBy = this.cause): number {
    const index = this.events.length;
    this.events.push(causedBy === undefined ? event : { ...event, causedBy });
    applyEvent(this.state, {
      event,
      id: this.context.eventId(index),
      streamId: '',
      revision: this.revision + 1 + index,
      metadata: {
        commandId: this.metadata.commandId,
        correlationId: this.metadata.correlationId,
        actor: this.metadata.actor,
        recordedAt: this.metadata.now,
      },
    });
    return index;
  }

  /**
   * Records the verdict if it says something new, and what an `act` causes: its events, then what `carryOut` emits.
   * Answers whether anything was recorded.
   */
  record(rule: RuleIdentity, verdict: Verdict, carryOut?: () => void): boolean {
    const decision = this.decisionOf(rule, verdict);
    const acts = decision.outcome === 'act';
    const before = this.state.decisions.get(ruleKey(rule.id, verdict.subject));
    const same =
      before !== undefined &&
      before.rule_version === decision.rule_version &&
      before.outcome === decision.outcome &&
      before.reason === decision.reason &&
      before.spec_revision === decision.spec_revision &&
      before.waits_on.length === decision.waits_on.length &&
      before.waits_on.every((id, i) => id === decision.waits_on[i]);
    if (same && !acts && before.flapping_since === null) return false;
    if (!acts && this.flaps(decision)) return false;

    const index = this.emit({ type: 'cluster.DecisionMade.v1', data: { decision } });
    this.cause = index;
    for (const event of verdict.events ?? []) this.emit(event);
    carryOut?.();
    this.cause = undefined;
    const caused = this.events.slice(index + 1).map((_, offset) => this.context.eventId(index + 1 + offset));
    this.events[index] = { type: 'cluster.DecisionMade.v1', data: { decision: { ...decision, caused } } };
    return true;
  }

  /** Reasons that alternate more than 5 times in 10 minutes become one event with a count (safety.md §12). */
  private flaps(decision: DecisionRecord): boolean {
    const before = this.state.decisions.get(ruleKey(decision.rule, decision.subject));
    // A new spec is judged anew, whatever was said about the old one.
    if (!before || before.spec_revision !== decision.spec_revision) return false;
    // A reason that was not among them is news.
    if (!before.changes.some(c => c.reason === decision.reason)) return false;
    if (before.flapping_since !== null) return this.goesOnFlapping(before, decision);
    const recent = before.changes.filter(c => this.nowMs - Date.parse(c.at) <= FLAP_WINDOW_MS);
    const given = [...recent.map(c => c.reason), decision.reason];
    // One that was given once is the way here, no part of the alternation.
    const changes = recent.filter(({ reason }) => given.indexOf(reason) !== given.lastIndexOf(reason));
    const reasons = new Set(changes.map(c => c.reason));
    if (changes.length <= FLAP_CHANGES || reasons.size < 2) return false;
    this.emit({
      type: 'cluster.DecisionFlapping.v1',
      data: {
        ns_id: decision.ns_id,
        cluster_id: decision.cluster_id,
        rule: decision.rule,
        subject: decision.subject,
        reasons: [...reasons].sort(),
        changes: changes.length,
      },
    });
    this.watched(before, decision);
    return true;
  }

  /** Until it has come to rest, which is said: a cluster must not be shown as it was in the midst of its faults. */
  private goesOnFlapping(before: LatestDecision, decision: DecisionRecord): boolean {
    // A discovery carries no memory: it says the present reason again when a window has passed.
    if (this.cycleId === null)
      return this.nowMs - Date.parse(before.flapping_since ?? this.now) < FLAP_WINDOW_MS;
    const restless = this.watched(before, decision);
    const bounds = { atLeastMs: REST_AT_LEAST_MS, atMostMs: FLAP_WINDOW_MS };
    if (!isAtRest(restless, this.nowMs, bounds)) return true;
    this.restless.pop();
    return false;
  }

  private watched({ changes, flapping_since }: LatestDecision, decision: DecisionRecord): Restless {
    const of = `decision ${ruleKey(decision.rule, decision.subject)}`;
    // Of the changes that made it flap: what came after that is in the memory.
    const until = flapping_since === null ? this.nowMs : Date.parse(flapping_since);
    const times = changes.map(change => change.at);
    const restless = watch(this.remembered.get(of), {
      of,
      present: digestOf(`${decision.outcome} ${decision.reason}`),
      now: this.now,
      pauseMs: longestPause(within(times, until, FLAP_WINDOW_MS), until),
    });
    this.restless.push(restless);
    return restless;
  }

  private decisionOf(rule: RuleIdentity, verdict: Verdict): DecisionRecord {
    const { spec } = this.state;
    if (spec.status === 'absent' || spec.status === 'deleted') throw new Error('a decision needs a spec');
    return {
      ns_id: spec.spec.ns_id,
      cluster_id: spec.spec.cluster_id,
      rule: rule.id,
      rule_version: rule.version,
      subject: verdict.subject,
      outcome: verdict.outcome,
      reason: verdict.reason,
      message: verdict.message,
      settled: REASONS[verdict.reason].settled && verdict.outcome === 'hold',
      spec_revision: spec.revision,
      waits_on: [...(verdict.waitsOn ?? [])].sort(),
      facts: verdict.facts,
      alternatives: verdict.alternatives ?? [],
      caused: [],
      context_revisions: {
        namespace: this.context.namespaceRevision,
        platform: this.context.platformRevision,
      },
      cycle_id: this.cycleId,
    };
  }
}
