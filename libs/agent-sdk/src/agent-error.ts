/** Stable codes, told in the message of the error document; the HTTP status follows from the code. */
export type AgentErrorCode =
  | 'INVALID_REQUEST'
  | 'UNKNOWN_ACTION_KIND'
  | 'CREATED_TIME_NOT_UTC'
  | 'ACTION_EXISTS'
  | 'FENCED'
  | 'TOO_MANY_ACTIONS'
  | 'UNAUTHENTICATED'
  | 'HOST_REFUSED'
  | 'ORIGIN_REFUSED'
  | 'ACTIONS_NEED_MTLS'
  | 'REQUEST_TOO_LARGE'
  | 'STORE_UNAVAILABLE'
  | 'AGENT_STOPPING'
  | 'STATE_UNREADABLE'
  | 'INTERNAL';

export const STATUS_OF: Readonly<Record<AgentErrorCode, number>> = {
  INVALID_REQUEST: 400,
  UNKNOWN_ACTION_KIND: 400,
  CREATED_TIME_NOT_UTC: 400,
  ACTION_EXISTS: 409,
  FENCED: 409,
  TOO_MANY_ACTIONS: 429,
  UNAUTHENTICATED: 401,
  HOST_REFUSED: 403,
  ORIGIN_REFUSED: 403,
  ACTIONS_NEED_MTLS: 403,
  REQUEST_TOO_LARGE: 413,
  STORE_UNAVAILABLE: 503,
  AGENT_STOPPING: 503,
  STATE_UNREADABLE: 500,
  INTERNAL: 500,
};

/** A coded error of an agent. Its message is for people and never holds a secret. */
export class AgentError extends Error {
  override readonly name = 'AgentError';

  constructor(
    readonly code: AgentErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Not by `instanceof`: two copies of this lib, or Jest's realms, would each have a class of their own. */
export function agentErrorCode(error: unknown): AgentErrorCode | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  const { code } = error;
  return typeof code === 'string' && code in STATUS_OF ? (code as AgentErrorCode) : undefined;
}
