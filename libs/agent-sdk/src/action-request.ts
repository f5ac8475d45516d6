import type { AttemptHeaders } from '@replicante/agent-protocol';
import { HEADERS, LIMITS, parseFence } from '@replicante/agent-protocol';
import type { Json } from '@replicante/kernel';
import { AgentError } from './agent-error.js';

/** A request that passed every check of form (§5.2). */
export interface ScheduleRequest {
  readonly kind: string;
  readonly args: Json;
  readonly created_time: string | undefined;
  readonly id: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?<zone>[Zz]|[+-]\d\d:\d\d)$/;
const UNSTORABLE = /[\0\uD800-\uDFFF]/u;

const invalid = (message: string): AgentError => new AgentError('INVALID_REQUEST', message);

/** Throws `INVALID_REQUEST`, or `CREATED_TIME_NOT_UTC`. */
export function readScheduleRequest(body: unknown): ScheduleRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('the body is not an object');
  const { kind, args, created_time, id, metadata } = body as Readonly<Record<string, unknown>>;
  if (typeof kind !== 'string' || kind === '' || kind.length > LIMITS.name)
    throw invalid(`kind is not a text of 1 to ${LIMITS.name} characters`);
  if (id !== undefined && id !== null && !(typeof id === 'string' && UUID.test(id)))
    throw invalid('id is not a UUID');
  return {
    kind,
    args: (args ?? null) as Json,
    created_time: createdTime(created_time),
    id: typeof id === 'string' ? id.toLowerCase() : undefined,
    metadata: textMap(metadata),
  };
}

function createdTime(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const match = typeof value === 'string' ? RFC3339.exec(value) : null;
  const at = match ? Date.parse(match[0]) : Number.NaN;
  if (!match || Number.isNaN(at)) throw invalid('created_time is not an RFC 3339 time');
  if (!/^(?:[Zz]|[+-]00:00)$/.test(match.groups?.['zone'] ?? ''))
    throw new AgentError('CREATED_TIME_NOT_UTC', 'created_time is not in UTC: write it with "Z"');
  return new Date(at).toISOString();
}

function textMap(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('metadata is not an object');
  const entries = Object.entries(value);
  if (entries.length > LIMITS.entries) throw invalid(`metadata has more than ${LIMITS.entries} entries`);
  return Object.fromEntries(
    entries.map(([key, text]: [string, unknown]) => {
      if (typeof text !== 'string' || text.length > LIMITS.text || UNSTORABLE.test(text + key))
        throw invalid(`metadata.${key.slice(0, 64)} is not a text of at most ${LIMITS.text} characters`);
      return [key, text];
    }),
  );
}

type HeaderValue = string | readonly string[] | undefined;

/** Throws `INVALID_REQUEST`: a fence that cannot be read must not count as none. */
export function readAttemptHeaders(headers: Readonly<Record<string, HeaderValue>>): AttemptHeaders {
  const one = (name: string): string | undefined => {
    const value = headers[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '' || value.length > 200)
      throw invalid(`header ${name} is not one text of 1 to 200 characters`);
    return value;
  };
  const attemptId = one(HEADERS.attemptId);
  const idempotencyKey = one(HEADERS.idempotencyKey);
  const written = one(HEADERS.fencingToken);
  const fence = written === undefined ? undefined : parseFence(written);
  if (written !== undefined && !fence) throw invalid(`header ${HEADERS.fencingToken} is not <epoch>.<token>`);
  return {
    ...(attemptId === undefined ? {} : { attemptId }),
    ...(fence === undefined ? {} : { fence }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
