import type { ErrorObject, JSONSchemaType, SchemaObject, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import type { AttemptOutcome, CycleObservation, PlatformObservation } from '@replicante/domain';
import type { FieldViolation } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';

/**
 * The worker's documents, as deep as this service itself reads them: what agents and platforms said inside an answer's
 * `value` is decoded by the worker, who met it first.
 */
const TEXT = { type: 'string' } as const;
const AGE_MS = { type: 'number', minimum: 0 } as const;
const OBJECT = { type: 'object' } as const;
const TEXTS = { type: 'array', items: TEXT } as const;

const object = (properties: Readonly<Record<string, SchemaObject>>): SchemaObject => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

const withOptional = (
  optional: Readonly<Record<string, SchemaObject>>,
  required: Readonly<Record<string, SchemaObject>>,
): SchemaObject => ({
  ...object(required),
  properties: { ...required, ...optional },
});

/** `Answer<T>` of the domain. */
const answer = (value: SchemaObject): SchemaObject => ({
  ...object({ ok: { type: 'boolean' } }),
  if: { type: 'object', properties: { ok: { const: true } } },
  then: object({ value }),
  else: object({
    kind: { enum: ['unreachable', 'timeout', 'refused', 'invalid', 'not_polled'] },
    error: OBJECT,
  }),
});

const RESTLESS = object({
  of: TEXT,
  present: TEXT,
  since: TEXT,
  longest_pause_ms: AGE_MS,
  changes: { type: 'integer', minimum: 0 },
});

const CYCLE_OBSERVATION = withOptional(
  {
    flapping: { type: 'array', items: RESTLESS },
    platform_calls: object({ awaited: TEXTS, busy: TEXTS }),
  },
  {
    cycle_id: TEXT,
    observer: TEXT,
    spec_revision: { type: 'integer' },
    cycle_age_ms: AGE_MS,
    nodes: {
      type: 'array',
      items: object({
        node_id: TEXT,
        age_ms: AGE_MS,
        node: answer(OBJECT),
        store: answer(OBJECT),
        shards: answer({ type: 'array', items: OBJECT }),
        queue: answer(TEXTS),
        finished: answer(TEXTS),
        actions: { type: 'object', additionalProperties: answer({ type: ['object', 'string'] }) },
      }),
    },
  },
);

const PLATFORM_OBSERVATION = withOptional(
  { same_for_ms: AGE_MS },
  {
    discovery_id: TEXT,
    observer: TEXT,
    age_ms: AGE_MS,
    idempotency_keys: { type: 'boolean' },
    answer: answer({
      type: 'array',
      items: object({ cluster_id: TEXT, nodes: { type: 'array', items: OBJECT } }),
    }),
    unreadable: { type: 'array', items: { type: ['string', 'null'] } },
  },
);

const RESULTS = {
  node_action: ['accepted', 'duplicate', 'failed', 'unknown', 'not_sent'],
  provision: ['accepted', 'refused', 'unknown', 'not_sent'],
};
const kindIs = (kind: keyof typeof RESULTS): SchemaObject => object({ kind: { const: kind } });
const ATTEMPT_OUTCOME: SchemaObject = {
  ...object({ kind: { enum: Object.keys(RESULTS) }, result: TEXT }),
  allOf: [
    { if: kindIs('node_action'), then: { properties: { result: { enum: RESULTS.node_action } } } },
    { if: kindIs('provision'), then: { properties: { result: { enum: RESULTS.provision } } } },
    {
      if: object({ result: { enum: ['failed', 'refused', 'unknown'] } }),
      then: object({ error: OBJECT }),
    },
    {
      if: object({ kind: { const: 'provision' }, result: { const: 'accepted' } }),
      then: object({
        count: { type: 'integer', minimum: 0 },
        node_ids: { type: ['array', 'null'], items: TEXT },
      }),
    },
  ],
};

const ajv = new Ajv({ allErrors: true, strictTypes: false, strictRequired: false, allowUnionTypes: true });
const compile = <T>(schema: SchemaObject): ValidateFunction<T> => ajv.compile<T>(schema as JSONSchemaType<T>);

function read<T>(field: string, text: string, fits: ValidateFunction<T>): T {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refused([{ field, description: error instanceof Error ? error.message : 'is not JSON' }]);
  }
  if (fits(document)) return document;
  throw refused(violationsOf(field, fits.errors ?? []));
}

/** More than these help nobody, and metadata holds only so much. */
const MAX_VIOLATIONS = 50;

/** `if` only says that a `then` failed, whose own errors are there. */
const violationsOf = (field: string, errors: readonly ErrorObject[]): readonly FieldViolation[] =>
  errors
    .filter(({ keyword }) => keyword !== 'if')
    .slice(0, MAX_VIOLATIONS)
    .map(({ keyword, instancePath, params, message }) => {
      const at = `${field}${instancePath.replaceAll('/', '.')}`;
      if (keyword === 'required')
        return { field: `${at}.${String(params['missingProperty'])}`, description: 'is missing' };
      const allowed: unknown = params['allowedValues'];
      const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
      return { field: at, description: `${message ?? 'does not fit'}${values}` };
    });

const refused = (violations: readonly FieldViolation[]): RejectedError =>
  new RejectedError({
    code: 'INVALID_REQUEST',
    message: 'a document of the request cannot be read',
    violations,
  });

const fitsCycle = compile<CycleObservation>(CYCLE_OBSERVATION);
const fitsPlatform = compile<PlatformObservation>(PLATFORM_OBSERVATION);
const fitsOutcome = compile<AttemptOutcome>(ATTEMPT_OUTCOME);

/** Each throws every fault at once as INVALID_REQUEST. */
export const cycleObservation = (text: string): CycleObservation => read('observation_json', text, fitsCycle);
export const platformObservation = (text: string): PlatformObservation =>
  read('observation_json', text, fitsPlatform);
export const attemptOutcome = (text: string): AttemptOutcome => read('outcome_json', text, fitsOutcome);
