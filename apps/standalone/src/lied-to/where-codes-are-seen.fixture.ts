import type { ErrorCode } from '@replicante/kernel';

/** Met by lying alone: the property tests of gRPC, GraphQL and HTTP each time see all of these. */
export const SEEN_BY_LIES: readonly ErrorCode[] = [
  'INVALID_REQUEST',
  'MANIFEST_INVALID',
  'RESOURCE_NOT_SUPPORTED',
  'REQUEST_TOO_LARGE',
  'COMMAND_ID_TOO_OLD',
  'NAMESPACE_NOT_FOUND',
  'PLATFORM_NOT_FOUND',
  'CLUSTER_NOT_FOUND',
  'ACTION_NOT_FOUND',
  'NOT_FOUND',
  'CLUSTER_INACTIVE',
  'DATA_LOSS_NOT_ACCEPTED',
  'NOTHING_TO_SETTLE',
  'POSITION_INVALID',
  'CURSOR_INVALID',
  'QUERY_TOO_COMPLEX',
];

/** They need a state of things, an outage, or two at once: where a test brings that about. */
export const SEEN_BY_TESTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  COMMAND_ID_REUSED: 'apps/command/src/command.int.spec.ts',
  NODE_NOT_FOUND: 'apps/replictl/src/program-changes.spec.ts',
  NAMESPACE_NOT_ACTIVE: 'libs/domain/src/cluster/declaration.spec.ts',
  NAMESPACE_DELETING: 'apps/command/src/command.int.spec.ts',
  NAMESPACE_STATUS_STICKY: 'libs/domain/src/namespace/namespace.spec.ts',
  PLATFORM_INACTIVE: 'libs/domain/src/platform/platform.spec.ts',
  ACTION_EXISTS: 'apps/standalone/src/malformed-input.e2e.spec.ts',
  ACTION_NOT_PENDING_APPROVAL: 'apps/command/src/command.int.spec.ts',
  ACTION_FINISHED: 'apps/standalone/src/malformed-input.e2e.spec.ts',
  ALREADY_INITIALISED: 'libs/domain/src/cluster/bootstrap.spec.ts',
  CLUSTER_DECLARED_ELSEWHERE: 'libs/domain/src/cluster/declaration.spec.ts',
  CONTROL_UNAUTHENTICATED: 'apps/command/src/control/control-token.int.spec.ts',
  FENCED: 'apps/command/src/command.int.spec.ts',
  CYCLE_NOT_BEGUN: 'libs/domain/src/cluster/declaration.spec.ts',
  CONCURRENT_CHANGE: 'apps/worker/src/acting/outcome-outbox.spec.ts',
  POSITION_NOT_REACHED: 'apps/query/src/query.int.spec.ts',
  NOT_CONVERGED: 'apps/replictl/src/program-answers.spec.ts',
  OUTCOME_UNKNOWN: 'libs/command-handling/src/settled-append.spec.ts',
  EVENT_STORE_UNAVAILABLE: 'apps/command/src/command.int.spec.ts',
  SERVICE_UNAVAILABLE: 'apps/replictl/src/program-changes.spec.ts',
  CONFIGURATION_INVALID: 'apps/command/src/command-process.e2e.spec.ts',
  INTERNAL: 'libs/service/src/grpc/grpc-rejection.spec.ts',
};
