/*
 * The shapes that the renderers draw: what the documents in queries.ts ask of GraphQL. Plain data, so that anything
 * that has these answers (replictl, the terminal view of `npm start`) draws the same picture.
 */
export interface CycleView {
  readonly cycleId: string;
  readonly completedAt: string;
  readonly ageSeconds: number;
  readonly mode: string;
  readonly observer: string;
  readonly leaseHolder: string | null;
  readonly staleAfterSeconds: number;
  readonly specRevision: number;
  readonly evaluated: boolean;
}

export interface HeaderView {
  readonly nsId: string;
  readonly clusterId: string;
  readonly mark: string;
  readonly active: boolean;
  readonly specRevision: number | null;
  readonly evaluated: boolean;
  readonly lastCycle: CycleView | null;
  readonly convergence: {
    readonly converged: boolean;
    readonly observedSpecRevision: number | null;
    readonly waitsFor: readonly string[];
  };
}

/** Of the rows that were read: how far they are behind the event store. */
export interface ReadModelView {
  readonly state: string;
  readonly lag: number | null;
  readonly message: string | null;
}

export interface MeasureView {
  readonly value: number;
  readonly unit: string;
}

export interface ShardView {
  readonly shardId: string;
  readonly role: string;
  readonly otherRole: string | null;
  readonly lag: MeasureView | null;
  readonly fresh: boolean;
}

export interface NodeView {
  readonly nodeId: string;
  readonly status: string;
  readonly unknownStatus: string | null;
  readonly presence: string;
  readonly quarantine: string | null;
  readonly error: unknown;
  readonly observedAt: string | null;
  readonly ageSeconds: number | null;
  readonly group: string | null;
  readonly agentAddress: string | null;
  readonly addresses: { readonly client: string | null } | null;
  readonly storeVersion: string | null;
  readonly shards: { readonly nodes: readonly ShardView[] };
}

export interface ActionLine {
  readonly actionId: string;
  readonly scope: string;
  readonly nodeId: string | null;
  readonly kind: string;
  readonly phase: string;
}

export interface TopologyView extends HeaderView {
  readonly spec: unknown;
  readonly counts: {
    readonly nodes: number;
    readonly healthy: number;
    readonly primaries: number;
    readonly secondaries: number;
  };
  readonly nodes: { readonly nodes: readonly NodeView[] };
  readonly actions: { readonly nodes: readonly ActionLine[] };
}

export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly code: string | null;
  readonly time: string;
  readonly revision: number;
  readonly position: string;
  readonly actor: unknown;
  readonly commandId: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly data: unknown;
}

export interface DecisionView {
  readonly id: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly subject: string;
  readonly outcome: string;
  readonly reason: string;
  readonly message: string;
  readonly settled: boolean;
  readonly specRevision: number;
  readonly waitsOn: readonly string[];
  readonly facts: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly observer: string;
    readonly ageMsThen: number | null;
  }[];
  readonly alternatives: readonly { readonly option: string; readonly reason: string }[];
  readonly causedEvents: readonly { readonly id: string; readonly type: string; readonly revision: number }[];
  readonly cycleId: string | null;
  readonly revision: number;
  readonly decidedAt: string;
  readonly lastEvaluatedAt: string | null;
  readonly lastEvaluatedAgeSeconds: number | null;
  readonly latest: boolean;
  /** The rule's reasons alternate since, and single decisions are not recorded any more. */
  readonly flapping: {
    readonly reasons: readonly string[];
    readonly changes: number;
    readonly since: string;
  } | null;
}
