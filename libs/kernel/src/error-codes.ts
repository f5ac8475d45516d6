/**
 * Every error that a user can meet: a stable code, its gRPC status and the exit code of `replictl`.
 * GraphQL carries the code in `extensions.code`. Codes are never renamed; docs/errors.md is written from this table.
 */
export type GrpcStatus =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'RESOURCE_EXHAUSTED'
  | 'DEADLINE_EXCEEDED'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'INTERNAL'
  | 'UNKNOWN';

interface ErrorEntry {
  readonly grpc: GrpcStatus;
  /** 1 unexpected, 2 bad input, 3 not evaluated / not yet, 4 refused by state, 5 not found, 6 unavailable (try again). */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6;
  readonly means: string;
}

export const ERROR_CATALOGUE = {
  INVALID_REQUEST: {
    grpc: 'INVALID_ARGUMENT',
    exit: 2,
    means: 'A field of the request is missing or wrong; each is listed.',
  },
  MANIFEST_INVALID: {
    grpc: 'INVALID_ARGUMENT',
    exit: 2,
    means: 'The manifest does not fit its schema; each violation is listed.',
  },
  RESOURCE_NOT_SUPPORTED: { grpc: 'INVALID_ARGUMENT', exit: 2, means: 'Unknown apiVersion or kind.' },
  REQUEST_TOO_LARGE: {
    grpc: 'RESOURCE_EXHAUSTED',
    exit: 2,
    means: 'The request is larger than the service takes.',
  },
  COMMAND_ID_REUSED: {
    grpc: 'ALREADY_EXISTS',
    exit: 2,
    means: 'The command id was used before with another payload; choose a new id.',
  },
  COMMAND_ID_TOO_OLD: {
    grpc: 'FAILED_PRECONDITION',
    exit: 2,
    means: 'The command id (a UUIDv7) is older than the window in which repeats are known.',
  },

  NAMESPACE_NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No such namespace.' },
  PLATFORM_NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No such platform.' },
  CLUSTER_NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No ClusterSpec with that id.' },
  NODE_NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No such node in the cluster.' },
  ACTION_NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No such action in the cluster.' },
  NOT_FOUND: { grpc: 'NOT_FOUND', exit: 5, means: 'No such object.' },

  NAMESPACE_NOT_ACTIVE: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'The namespace is Inactive (or, for discovery, not Active).',
  },
  NAMESPACE_DELETING: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'The namespace is being deleted; nothing new is accepted in it.',
  },
  NAMESPACE_STATUS_STICKY: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'A Deleting or Deleted namespace cannot become anything else.',
  },
  PLATFORM_INACTIVE: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'The platform is inactive: no discovery, no provisioning.',
  },
  CLUSTER_INACTIVE: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'The ClusterSpec is inactive; set spec.active to true.',
  },
  ACTION_EXISTS: { grpc: 'ALREADY_EXISTS', exit: 4, means: 'An action with that id exists.' },
  ACTION_NOT_PENDING_APPROVAL: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'Only an action in PENDING_APPROVE can be approved or rejected.',
  },
  ACTION_FINISHED: { grpc: 'FAILED_PRECONDITION', exit: 4, means: 'A finished action cannot be cancelled.' },
  ALREADY_INITIALISED: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means:
      'The cluster was initialised before; `cluster reinitialise --accept-data-loss` is the only way to do it again.',
  },
  DATA_LOSS_NOT_ACCEPTED: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'The command can lose data and the request does not accept that.',
  },
  NOTHING_TO_SETTLE: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'There is no unknown outcome, hold or suspect answer of that kind.',
  },
  CLUSTER_DECLARED_ELSEWHERE: {
    grpc: 'FAILED_PRECONDITION',
    exit: 4,
    means: 'Another platform already reports this cluster.',
  },

  CONTROL_UNAUTHENTICATED: {
    grpc: 'UNAUTHENTICATED',
    exit: 4,
    means:
      'The call of control.v1 carries no token, or another one: workers need the CONTROL_TOKEN of `command`.',
  },
  FENCED: {
    grpc: 'ABORTED',
    exit: 4,
    means: 'The lease is older than one that the stream has seen; the work belongs to somebody else.',
  },
  CYCLE_NOT_BEGUN: {
    grpc: 'ABORTED',
    exit: 4,
    means: 'The lease is not the one that the stream recorded; begin the cycle again.',
  },
  CONCURRENT_CHANGE: {
    grpc: 'ABORTED',
    exit: 6,
    means: 'The stream kept changing; submit the same command id again.',
  },

  POSITION_NOT_REACHED: {
    grpc: 'DEADLINE_EXCEEDED',
    exit: 3,
    means: 'The read model did not reach the asked position in time.',
  },
  POSITION_INVALID: { grpc: 'INVALID_ARGUMENT', exit: 2, means: 'Not a position that this system answers.' },
  CURSOR_INVALID: { grpc: 'INVALID_ARGUMENT', exit: 2, means: 'Not a cursor that this list answers.' },
  QUERY_TOO_COMPLEX: {
    grpc: 'INVALID_ARGUMENT',
    exit: 2,
    means: 'The query is deeper or asks for more rows than is served.',
  },
  NOT_CONVERGED: {
    grpc: 'DEADLINE_EXCEEDED',
    exit: 3,
    means: 'The cluster did not converge in the given time.',
  },

  OUTCOME_UNKNOWN: {
    grpc: 'UNKNOWN',
    exit: 6,
    means: 'It cannot be told whether the command was recorded; submit the same command id again.',
  },
  EVENT_STORE_UNAVAILABLE: { grpc: 'UNAVAILABLE', exit: 6, means: 'The event store does not answer.' },
  SERVICE_UNAVAILABLE: {
    grpc: 'UNAVAILABLE',
    exit: 6,
    means: 'The service cannot be reached, or is stopping.',
  },
  CONFIGURATION_INVALID: {
    grpc: 'INTERNAL',
    exit: 2,
    means: 'The configuration is wrong; each error is listed.',
  },
  INTERNAL: {
    grpc: 'INTERNAL',
    exit: 1,
    means: 'A defect of ours; the log has the trail under the correlation id.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
