import type { CommandCall } from '../clients/command-client.js';
import type { AcknowledgedRow } from '../clients/row-writers.js';
import type { SentRequest } from '../proxies/http-proxy.js';

/** The stream of the cluster that is changed; those of the fleet are only observed. */
export const CLUSTER_STREAM = 'cluster-default:pg';

export type Document = Readonly<Record<string, unknown>>;

/** An event as the store holds it, read past every service. */
export interface StoredEvent {
  readonly position: bigint;
  readonly streamId: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: Document;
  readonly commandId: string;
  /** RFC 3339. */
  readonly recordedAt: string;
  /** Whole; the two above are of it. */
  readonly metadata: Document;
}

/** A line of the platform's call log, in the order of the file. */
export interface PlatformCall {
  readonly at: string;
  readonly phase: 'before' | 'after';
  readonly call: number;
  readonly run: string;
  readonly endpoint: string;
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
  readonly fence: string | null;
  readonly outcome?: 'done' | 'repeated' | 'refused' | 'failed';
}

/** A line of the platform's attempt journal. */
export interface JournalLine {
  readonly kind: string;
  readonly names?: readonly string[];
}

/** An action as the agent keeps it on disk. */
export interface AgentAction {
  readonly node: string;
  /** Order in which the agent accepted them. */
  readonly sequence: number;
  readonly id: string;
  /** `attempt:<id>` and `key:<key>`. */
  readonly attempts: readonly string[];
  readonly phase: string;
}

/** A node as it is on disk and as its server answers. */
export interface NodeOnDisk {
  readonly nodeId: string;
  /** Attempt that its platform made it under; null where the platform ignores attempts. */
  readonly provisionAttempt: string | null;
  /** A postmaster works in its data directory. */
  readonly serverRuns: boolean;
  readonly standbySignal: boolean;
  /** What the server says; null when it could not be asked. */
  readonly systemIdentifier: string | null;
  readonly writable: boolean | null;
  /** Numbered rows that it holds. */
  readonly rows: readonly number[];
}

/** A CloudEvent as a consumer of others read it from its topic, in the order of its partition. */
export interface PublishedEvent {
  readonly topic: string;
  readonly partition: number;
  /** Record key: the stream without its kind. */
  readonly key: string;
  readonly id: string;
  readonly source: string;
  readonly revision: number;
  readonly type: string;
}

/** What the queue has counted since it was made. */
export interface TaskCounts {
  readonly enqueued: number;
  /** Waiting, parked or running. */
  readonly depth: number;
  /** By reason. */
  readonly ended: Readonly<Record<string, number>>;
}

/** A record of the queue's own log. */
export interface TaskRecord {
  readonly partition: number;
  readonly offset: number;
  /** By the broker's clock. */
  readonly stampMs: number;
  readonly value: string | null;
}

/** The queue's log from its beginning, and what the queue said of itself right before and right after it was read. */
export interface TaskLog {
  readonly records: readonly TaskRecord[];
  readonly before: TaskCounts;
  readonly after: TaskCounts;
}

/** What a service kept of a fold, unpacked. */
export interface KeptSnapshot {
  readonly streamId: string;
  readonly evolveVersion: number;
  readonly revision: number;
  readonly eventId: string;
  /** A line about the commands, then the state as JSON with the places of its Maps and Sets. */
  readonly state: string;
}

/** When the cluster's cycles were completed, and when something was in their way. Milliseconds since 1970. */
export interface Cycles {
  readonly completedAt: readonly number[];
  readonly faults: readonly { readonly from: number; readonly to: number; readonly what: string }[];
  readonly until: number;
  /** Within this after the last fault a cycle is completed. */
  readonly boundMs: number;
}

/** What GraphQL answers at rest. */
export interface Served {
  readonly spec: Document | null;
  readonly revision: number;
  readonly nodes: readonly {
    readonly nodeId: string;
    readonly status: string;
    readonly quarantine: string | null;
  }[];
  readonly actions: readonly {
    readonly actionId: string;
    readonly phase: string;
    readonly payload: unknown;
  }[];
  readonly decisions: readonly {
    readonly rule: string;
    readonly subject: string;
    readonly outcome: string;
    readonly reason: string;
  }[];
  readonly eventIds: readonly string[];
}

export interface FleetNode {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly status: string;
}

/** The fleet as its simulator plays it. */
export interface PlayedFleet {
  readonly nodes: readonly FleetNode[];
  /** What nobody has reason to ask of clusters that are only observed. */
  readonly unexpected: readonly string[];
}

export interface FleetEvidence {
  readonly played: PlayedFleet;
  /** As GraphQL answers. */
  readonly seen: readonly FleetNode[];
}

/** All that a run left behind: what the proofs are made from. */
export interface Evidence {
  readonly idempotency: boolean;
  /** By how much times in events are ahead of all others here: the clock of `command` may be wrong. */
  readonly eventsAheadMs: number;
  readonly events: readonly StoredEvent[];
  readonly calls: readonly CommandCall[];
  readonly sent: readonly SentRequest[];
  readonly platformCalls: readonly PlatformCall[];
  readonly journal: readonly JournalLine[];
  readonly agentActions: readonly AgentAction[];
  readonly nodes: readonly NodeOnDisk[];
  /** Data directories with a postmaster that belong to no node. */
  readonly strayServers: readonly string[];
  readonly acknowledged: readonly AcknowledgedRow[];
  readonly served: Served;
  /** Null: nothing is published where others could read it. */
  readonly published: readonly PublishedEvent[] | null;
  readonly tasks: TaskCounts | null;
  /** Null: the queue has no log that others could read. */
  readonly taskLog: TaskLog | null;
  readonly snapshots: readonly KeptSnapshot[];
  /** Null: workers are not apart, so that no proxy sees what they submit. */
  readonly cycles: Cycles | null;
  /** Null: the run had none. */
  readonly fleet: FleetEvidence | null;
}
