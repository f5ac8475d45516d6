/** Why an action or the start of this agent failed; told in messages as `CODE: …`. */
export type FailureCode =
  | 'NODE_CONFIG_INVALID'
  | 'ALREADY_INITIALISED'
  | 'ALREADY_A_MEMBER'
  | 'DATA_NOT_EMPTY'
  | 'DATA_MISSING'
  | 'ARGUMENT_INVALID'
  | 'NOT_A_PRIMARY'
  | 'SLOT_IN_USE'
  | 'IDENTITY_MISMATCH'
  | 'BACKUP_INCOMPLETE'
  | 'BACKUP_NOT_SUPPORTED'
  | 'OTHER_MAJOR_VERSION'
  | 'GAVE_UP';

export class AgentFailure extends Error {
  override readonly name = 'AgentFailure';

  constructor(
    readonly code: FailureCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${code}: ${message}`, options);
  }
}
