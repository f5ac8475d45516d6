import type { AttemptOutcome, CycleObservation, PlatformObservation } from '@replicante/domain';
import type { FieldViolation } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';

/** What a member of a document must be. Deeper shapes are the worker's, who decodes what agents and platforms say. */
type Shape = Readonly<Record<string, 'string' | 'number' | 'boolean' | 'array' | 'object'>>;

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

function read(field: string, text: string, shape: Shape): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refused([{ field, description: error instanceof Error ? error.message : 'is not JSON' }]);
  }
  if (kindOf(document) !== 'object')
    throw refused([{ field, description: `must be a JSON object, is ${kindOf(document)}` }]);
  const members = new Map(Object.entries(document as object));
  const violations = Object.entries(shape)
    .filter(([name, kind]) => kindOf(members.get(name)) !== kind)
    .map(([name, kind]) => ({
      field: `${field}.${name}`,
      description: `must be ${kind}, is ${kindOf(members.get(name))}`,
    }));
  if (violations.length > 0) throw refused(violations);
  return document;
}

const refused = (violations: readonly FieldViolation[]): RejectedError =>
  new RejectedError({
    code: 'INVALID_REQUEST',
    message: 'a document of the request cannot be read',
    violations,
  });

export const cycleObservation = (text: string): CycleObservation =>
  read('observation_json', text, {
    cycle_id: 'string',
    observer: 'string',
    spec_revision: 'number',
    cycle_age_ms: 'number',
    nodes: 'array',
  }) as CycleObservation;

export const platformObservation = (text: string): PlatformObservation =>
  read('observation_json', text, {
    discovery_id: 'string',
    observer: 'string',
    age_ms: 'number',
    idempotency_keys: 'boolean',
    answer: 'object',
    unreadable: 'array',
  }) as PlatformObservation;

export const attemptOutcome = (text: string): AttemptOutcome =>
  read('outcome_json', text, { kind: 'string', result: 'string' }) as AttemptOutcome;
