import type { FieldViolation } from '@replicante/kernel';
import { HandError, isErrorCode } from '../output/hand-error.js';

export interface QueryClient {
  /** Refuses with a `HandError`: the server's code, or SERVICE_UNAVAILABLE when nothing of ours answers. */
  query<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<T>;
}

interface WireError {
  readonly message: string;
  readonly extensions?: { readonly code?: unknown; readonly violations?: readonly FieldViolation[] };
}
interface WireAnswer {
  readonly data?: unknown;
  readonly errors?: readonly WireError[];
}

const TIMEOUT_MS = 35_000; // Above the 30 s that a query may wait for a position.

const describe = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
  return cause ?? (error instanceof Error ? error.message : String(error));
};

/** A GraphQL error as ours; codes of GraphQL itself mean that this replictl and the server do not fit together. */
export function errorOf(errors: readonly WireError[]): HandError {
  const [first] = errors;
  const code = first?.extensions?.code;
  const message = first?.message ?? 'the query service refused the query';
  return isErrorCode(code)
    ? new HandError(code, message, first?.extensions?.violations ?? [])
    : new HandError('INTERNAL', `the query service refused the query: ${message}`);
}

const isAnswer = (body: unknown): body is WireAnswer =>
  typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);

export const graphqlUrl = (server: string): URL =>
  new URL('graphql', server.endsWith('/') ? server : `${server}/`);

export function openQueryClient(server: string, signal: AbortSignal): QueryClient {
  const url = graphqlUrl(server);
  const unavailable = (why: string): HandError =>
    new HandError('SERVICE_UNAVAILABLE', `the query service at ${url.href} cannot be asked: ${why}`);
  return {
    async query<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query: document, variables }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      }).catch((error: unknown) => {
        throw unavailable(describe(error));
      });
      const body: unknown = await response.json().catch((error: unknown) => {
        throw unavailable(`HTTP ${response.status} without JSON (${describe(error)})`);
      });
      if (!isAnswer(body)) throw unavailable(`HTTP ${response.status} with an answer that is not GraphQL`);
      if (body.errors !== undefined && body.errors.length > 0) throw errorOf(body.errors);
      return body.data as T;
    },
  };
}
