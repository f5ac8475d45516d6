export type { NamespaceState } from './namespace/state.js';
export type { NamespaceEvent } from './namespace/events.js';
export type { NamespaceCommand } from './namespace/commands.js';
export { namespaceDecider } from './namespace/decide.js';

export { platformDecider } from './platform/decide.js';
export type { PlatformState } from './platform/state.js';
export type { PlatformContext } from './platform/context.js';
export type { PlatformEvent } from './platform/events.js';
export type {
  DiscoveryPlan,
  DiscoveryVerdict,
  PlatformAnswer,
  PlatformCommand,
} from './platform/commands.js';

export { clusterDecider } from './cluster/decide/index.js';
export { EVOLVE_VERSION } from './cluster/evolve-version.js';
export type { ReasonCode } from './cluster/reasons.js';
export { REASONS } from './cluster/reasons.js';
export { CONVERGENCE_RULES } from './cluster/rules/index.js';
export type { ClusterState } from './cluster/state.js';
export type { ClusterContext } from './cluster/context.js';
export type { ClusterEvent } from './cluster/events.js';
export type { CycleSample } from './cluster/sample.js';
export type {
  AttemptOutcome,
  ClusterAnswer,
  ClusterCommand,
  CyclePlan,
  CycleVerdict,
  Instruction,
} from './cluster/commands.js';

export type { Attributes, AttributeValue } from './model/attribute.js';
export type {
  NodeAction,
  NodeActionPhase,
  OrchestratorAction,
  OrchestratorActionState,
} from './model/action.js';
export { isFinal } from './model/action.js';
export type {
  ApprovalMode,
  ClusterDeclaration,
  ClusterDefinition,
  ClusterSpec,
  NodeGroup,
} from './model/cluster-spec.js';
export type { Alternative, DecisionOutcome, DecisionRecord, Fact } from './model/decision.js';
export type { Namespace, NamespaceStatus } from './model/namespace.js';
export { NAMESPACE_STATUSES } from './model/namespace.js';
export type {
  ClusterDiscovery,
  DiscoveredNode,
  Node,
  NodeDetails,
  NodeStatus,
  StoreExtras,
} from './model/node.js';
export type { Matcher, MatcherOp, NodeSearch } from './model/node-search.js';
export type {
  ActionAnswer,
  AgentActionExecution,
  AgentNode,
  AgentShard,
  AgentStoreInfo,
  Answer,
  CycleObservation,
  NodeObservation,
  ObservedCluster,
  PlatformObservation,
  Restless,
} from './model/observation.js';
export type { Platform, PlatformRef } from './model/platform.js';
export type { ErrorDocument, OrchestrateMode, OrchestrateReport, ReportNote } from './model/report.js';
export type { SecretRef } from './model/secret-ref.js';
export type { Measure, Shard, ShardRole, Unit } from './model/shard.js';
