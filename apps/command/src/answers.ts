import type { CommandResult } from '@replicante/command-handling';
import { RejectedError } from '@replicante/kernel';

type Accepted<A> = Extract<CommandResult<A>, { readonly accepted: true }>;

/** Past this edge a refusal is an error. */
export function accepted<A>(result: CommandResult<A>): Accepted<A> {
  if (!result.accepted) throw new RejectedError(result.rejection);
  return result;
}
