import type { FieldViolation } from '@replicante/kernel';
import { noConnection } from './no-connection.js';
import { postJson } from './post.js';
import { HandError, isErrorCode } from '../output/hand-error.js';
import { withoutPassword } from '../output/without-password.js';

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

const read = (from: unknown, key: string): unknown =>
  typeof from === 'object' && from !== null ? Reflect.get(from, key) : undefined;
const describe = (error: unknown): string => {
  const message = read(read(error, 'cause'), 'message') ?? read(error, 'message');
  return typeof message === 'string' && message !== '' ? message : String(error);
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

/** Undefined when it is not JSON: a proxy's page, say. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isAnswer = (body: unknown): body is WireAnswer =>
  typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);

export const graphqlUrl = (server: string): URL =>
  new URL('graphql', server.endsWith('/') ? server : `${server}/`);

export function openQueryClient(server: string, signal: AbortSignal): QueryClient {
  const url = graphqlUrl(server);
  const shown = withoutPassword(url.href);
  const unavailable = (why: string): HandError =>
    new HandError('SERVICE_UNAVAILABLE', `the query service at ${shown} cannot be asked: ${why}`);
  return {
    async query<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
      const until = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const answer = await postJson(url, { query: document, variables }, until).catch((error: unknown) => {
        const refused = noConnection(shown, String(read(error, 'code')));
        throw refused === undefined
          ? unavailable(describe(error))
          : new HandError('SERVICE_UNAVAILABLE', refused);
      });
      const body = parsed(answer.body);
      if (!isAnswer(body)) throw unavailable(`HTTP ${answer.status} with an answer that is not GraphQL`);
      if (body.errors !== undefined && body.errors.length > 0) throw errorOf(body.errors);
      return body.data as T;
    },
  };
}
