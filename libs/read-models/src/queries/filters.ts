import { condition, type Condition } from './keyset-list.js';
import { CLUSTER_KNOWN, CLUSTER_MARK, type ClusterMark } from './lists.js';

type Maybe<T> = T | null | undefined;
const has = <T>(value: Maybe<T>): value is T => value !== null && value !== undefined;
const is = (column: string, value: Maybe<unknown>): readonly Condition[] =>
  has(value) ? [condition(`t.${column} = ?`, value)] : [];
const oneOf = (expression: string, values: Maybe<readonly string[]>): readonly Condition[] =>
  has(values) ? [condition(`${expression} = ANY (?::text[])`, values)] : [];

export interface SubjectFilter {
  readonly nsId?: Maybe<string>;
  readonly clusterId?: Maybe<string>;
}
export const subjectConditions = ({ nsId, clusterId }: SubjectFilter): readonly Condition[] => [
  ...is('ns_id', nsId),
  ...is('cluster_id', clusterId),
];

export interface ClusterFilter {
  readonly marks?: Maybe<readonly ClusterMark[]>;
  readonly active?: Maybe<boolean>;
  readonly platform?: Maybe<string>;
}
/** Deleted clusters are listed only when asked for. */
export const clusterConditions = (filter: ClusterFilter): readonly Condition[] => [
  condition(CLUSTER_KNOWN),
  ...oneOf(`(${CLUSTER_MARK})`, filter.marks ?? ['DECLARED', 'SYNTHETIC', 'UNMANAGED']),
  ...(has(filter.active) ? [condition('coalesce(t.active, false) = ?', filter.active)] : []),
  ...is('platform_name', filter.platform),
];

export const nodeConditions = (): readonly Condition[] => [condition('NOT t.removed')];

export interface ActionFilter {
  readonly scope?: Maybe<string>;
  readonly phases?: Maybe<readonly string[]>;
  readonly finished?: Maybe<boolean>;
  readonly kind?: Maybe<string>;
  readonly nodeId?: Maybe<string>;
}
export const actionConditions = (filter: ActionFilter): readonly Condition[] => [
  condition('t.action_version >= 0'),
  ...is('scope', filter.scope),
  ...oneOf('t.phase', filter.phases),
  ...is('finished', filter.finished),
  ...is('kind', filter.kind),
  ...is('node_id', filter.nodeId),
];

export interface DecisionFilter {
  readonly rule?: Maybe<string>;
  readonly subject?: Maybe<string>;
  readonly outcomes?: Maybe<readonly string[]>;
}
export const decisionConditions = (filter: DecisionFilter): readonly Condition[] => [
  condition('t.revision >= 0'),
  ...is('rule', filter.rule),
  ...is('subject', filter.subject),
  ...oneOf('t.outcome', filter.outcomes),
];

export interface EventFilter {
  readonly platform?: Maybe<string>;
  readonly types?: Maybe<readonly string[]>;
  readonly codes?: Maybe<readonly string[]>;
  readonly correlationId?: Maybe<string>;
  readonly causationId?: Maybe<string>;
  readonly afterRevision?: Maybe<number>;
}
export const eventConditions = (filter: EventFilter): readonly Condition[] => [
  ...is('platform', filter.platform),
  ...oneOf('t.type', filter.types),
  ...oneOf('t.code', filter.codes),
  ...is('correlation_id', filter.correlationId),
  ...is('causation_id', filter.causationId),
  ...(has(filter.afterRevision) ? [condition('t.revision > ?', filter.afterRevision)] : []),
];
