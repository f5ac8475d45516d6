export { CONTROL_SCHEMA, READ_MODELS_SHAPE, schemaOfGeneration } from './shape.js';

export type { CodeOf } from './projections/read-models.projection.js';
export { isProjected, readModelsProjection } from './projections/read-models.projection.js';
export { subjectOf } from './projections/subject.js';
export type { RowChange } from './rows/row-group.js';
export { rowChangeKey } from './rows/row-group.js';

export type { DatabaseOptions, OpenSource } from './store/data-sources.js';
export type { FollowedGeneration } from './store/generations.js';
export {
  activateGeneration,
  dropRetired,
  followedGenerations,
  openControl,
  openGeneration,
  requestRebuild,
  subscriptionOf,
} from './store/generations.js';
export { checkpointsOf, isRefusal, readModelsSink } from './store/read-models.sink.js';
export type { ReadModelsOptions, SubscriptionRow } from './store/read-models.js';
export { ReadModels } from './store/read-models.js';
export { putSamples } from './store/sample-rows.js';
export type { Sql } from './store/sql.js';
export { PositionWaiter } from './store/wait-for-position.js';

export type { ClusterCounts } from './queries/by-key.js';
export { readByKey, readClusterCounts } from './queries/by-key.js';
export type {
  ActionFilter,
  ClusterFilter,
  DecisionFilter,
  EventFilter,
  SubjectFilter,
} from './queries/filters.js';
export {
  actionConditions,
  clusterConditions,
  decisionConditions,
  eventConditions,
  nodeConditions,
  subjectConditions,
} from './queries/filters.js';
export { decodeCursor, encodeCursor } from './queries/cursor.js';
export type { Condition, KeysetList, Page, PageArguments } from './queries/keyset-list.js';
export { condition, onlyColumns, readPage, readPagePerOwner } from './queries/keyset-list.js';
export type {
  ActionView,
  ClusterMark,
  ClusterView,
  DecisionHistoryView,
  DecisionView,
  EventView,
  NamespaceView,
  NodeView,
  PlatformView,
} from './queries/lists.js';
export {
  ACTIONS,
  CLUSTER_KNOWN,
  CLUSTERS,
  DECISION_HISTORY_LIST,
  DECISIONS,
  eventList,
  NAMESPACES,
  NODES,
  PLATFORMS,
} from './queries/lists.js';
export type { SchedulableCluster, SchedulablePlatform } from './queries/schedulable.js';
