import type { ErrorCode, FieldViolation, Rejection } from '@replicante/kernel';
import { ERROR_CATALOGUE } from '@replicante/kernel';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';
import type { GraphQLFormattedError } from 'graphql';
import { GraphQLError } from 'graphql';

export interface FormattedErrors {
  readonly statusCode: number;
  readonly response: { readonly data: unknown; readonly errors: readonly GraphQLFormattedError[] };
}

/**
 * Every error gets a code of the catalogue. Ours keep their message and violations, GraphQL's own (unknown field, wrong
 * type) keep theirs under `INVALID_REQUEST`; whatever else failed is logged, and the client learns no inside of it.
 */
export function formatErrors(
  execution: { readonly data?: unknown; readonly errors?: readonly Error[] | null },
  logger: Logger,
): FormattedErrors {
  const errors = (execution.errors ?? []).flatMap(unfold).map(error => format(error, logger));
  const executed = execution.data !== undefined && execution.data !== null;
  const refused = errors.length > 0 && errors.every(e => !e.path);
  const statusCode = errors.some(e => e.extensions?.['code'] === 'REQUEST_TOO_LARGE') ? 413 : 400;
  return {
    statusCode: !executed && refused ? statusCode : 200,
    response: { data: execution.data ?? null, errors },
  };
}

/** Mercurius wraps the errors of a validation in one of its own. */
function unfold(error: Error): readonly Error[] {
  const wrapped =
    'originalError' in error && error.originalError instanceof Error ? error.originalError : error;
  const inner: unknown = 'errors' in wrapped ? wrapped.errors : undefined;
  return Array.isArray(inner) && inner.length > 0 ? (inner as readonly Error[]) : [error];
}

function format(error: Error, logger: Logger): GraphQLFormattedError {
  const graphql = error instanceof GraphQLError ? error : undefined;
  const place = {
    ...(graphql?.locations && { locations: graphql.locations }),
    ...(graphql?.path && { path: graphql.path }),
  };
  const cause = graphql?.originalError ?? error;
  const rejection = rejectionOf(cause);
  if (rejection)
    return {
      message: rejection.message,
      ...place,
      extensions: extensionsOf(rejection),
    };
  if ('code' in cause && cause.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return { message: cause.message, ...place, extensions: { code: 'REQUEST_TOO_LARGE' } };
  if (isOfRequest(error, graphql))
    return { message: error.message, ...place, extensions: { code: 'INVALID_REQUEST' } };
  if (isOutage(cause)) {
    logger.warn({ path: graphql?.path, ...errorKeys(cause) }, 'a query failed: what it reads is away');
    return {
      message: ERROR_CATALOGUE.SERVICE_UNAVAILABLE.means,
      ...place,
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    };
  }
  logger.error({ path: graphql?.path, ...errorKeys(cause) }, 'a query failed');
  return { message: ERROR_CATALOGUE.INTERNAL.means, ...place, extensions: { code: 'INTERNAL' } };
}

const extensionsOf = ({ code, violations, details }: Rejection) => ({
  code,
  ...(violations && { violations: violations satisfies readonly FieldViolation[] }),
  ...(details && { details }),
});

/** For subscriptions: what `subscribe` throws goes out without passing the formatter. */
export function withExtensions<R>(work: () => R): R {
  try {
    return work();
  } catch (error) {
    const rejection = rejectionOf(error);
    if (!rejection) throw error;
    throw new GraphQLError(rejection.message, { extensions: extensionsOf(rejection) });
  }
}

function rejectionOf(error: unknown): Rejection | undefined {
  if (!(error instanceof Error) || !('rejection' in error)) return undefined;
  const { rejection } = error;
  const known =
    typeof rejection === 'object' && rejection !== null && 'code' in rejection && isCode(rejection.code);
  return known ? (rejection as Rejection) : undefined;
}

const isCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERROR_CATALOGUE, code);

/** Said by GraphQL itself about the request, or by Mercurius before it executed anything. */
function isOfRequest(error: Error, graphql: GraphQLError | undefined): boolean {
  if (graphql && !graphql.originalError) return true;
  const cause = graphql?.originalError ?? error;
  if (cause instanceof GraphQLError) return true;
  return 'code' in cause && typeof cause.code === 'string' && /^(MER_ERR|FST_ERR)/.test(cause.code);
}

/** The database is away: connection refused or lost, server stopping (SQLSTATE classes 08, 53, 57). */
function isOutage(error: unknown): boolean {
  const driver: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
  const code: unknown =
    typeof driver === 'object' && driver !== null && 'code' in driver ? driver.code : undefined;
  if (typeof code === 'string' && /^(E[A-Z]{4,}|08...|53...|57...|UNAVAILABLE|.*_UNAVAILABLE)$/.test(code))
    return true;
  return (
    driver instanceof Error &&
    /connection (terminated|timeout)|timeout exceeded when trying to connect/i.test(driver.message)
  );
}
