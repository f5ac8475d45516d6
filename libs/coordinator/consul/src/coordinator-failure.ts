import { CoordinatorError } from '@replicante/coordinator';

/** What the client library throws: `papi` marks its own errors, Node's carry `code`. */
interface ClientFailure extends Error {
  readonly isPapi?: boolean;
  readonly statusCode?: number;
  readonly response?: { readonly body?: unknown };
}

/** The HTTP status of an answer that was a refusal; `undefined`: there was no answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error ? (error as ClientFailure).statusCode : undefined;

/** The refusal's body, decoded if it was JSON. */
export const bodyOf = (error: unknown): unknown =>
  error instanceof Error ? (error as ClientFailure).response?.body : undefined;

/**
 * The client's response errors are never kept as `cause`: they hold the whole request, with the ACL token in its headers,
 * and whoever prints a cause would print it (safety.md §13).
 */
export function asCoordinatorError(error: unknown): CoordinatorError {
  if (error instanceof CoordinatorError) return error;
  const body = bodyOf(error);
  const said = typeof body === 'string' || Buffer.isBuffer(body) ? String(body).trim().slice(0, 300) : '';
  const message = `Consul: ${said || (error instanceof Error ? error.message : String(error))}`;
  // Consul answers 500 for a lock by a session that is gone, 404 for its renewal (`renewSession` knows that one).
  if (/invalid session/i.test(said)) return new CoordinatorError('SESSION_ENDED', message);
  const own = error instanceof Error && (error as ClientFailure).isPapi === true;
  return new CoordinatorError('COORDINATOR_UNAVAILABLE', message, own ? undefined : { cause: error });
}
