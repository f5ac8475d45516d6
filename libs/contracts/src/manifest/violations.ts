import type { ErrorObject } from 'ajv';
import type { FieldViolation } from '@replicante/kernel';
import type { ManifestSchema } from './building-blocks.schema.js';
import { didYouMean } from './did-you-mean.js';
import { childPath, pathOfPointer } from './field-path.js';
import { FORMATS } from './formats.js';

/** Fields that people know from elsewhere, and what they are called here. */
const KNOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  http: 'url',
  replicas: 'desired_count',
  count: 'desired_count',
  version: 'store_version',
  initialize: 'initialise',
  namespace: 'ns_id',
  cluster: 'cluster_id',
  node: 'node_id',
  class: 'node_class',
};

const nameOfType = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'number' && !Number.isInteger(value) ? 'a fraction' : `a ${typeof value}`;
};
const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};
const or = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;

/** A key, or a URL that carries a password: answers end up in logs of builds. */
const SECRET = /PRIVATE KEY|:\/\/[^/?#]*@|[?&](?:token|password|secret|key)=/i;

const shown = (value: unknown): string => {
  if (typeof value === 'string' && SECRET.test(value)) return 'a text with a secret in it';
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
};

function unknownField(name: string, known: readonly string[]): string {
  const elsewhere = Object.hasOwn(KNOWN_ELSEWHERE, name) ? KNOWN_ELSEWHERE[name] : undefined;
  const meant = elsewhere !== undefined && known.includes(elsewhere) ? elsewhere : didYouMean(name, known);
  return `unknown field; ${meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`}`;
}

function wrongType(value: unknown, wanted: readonly string[]): string {
  const is = `is ${nameOfType(value)}; must be ${or(wanted.map(type => TYPE_WORDS[type] ?? type))}`;
  if (
    typeof value === 'string' &&
    (wanted.includes('integer') || wanted.includes('number')) &&
    /^\d+$/.test(value)
  )
    return `${is}: remove the quotes`;
  if (typeof value === 'number' && wanted.includes('string')) return `${is}: put it in quotes`;
  if (value === null) return `${is}; leave the field out for its default`;
  return is;
}

const about = (schema: ManifestSchema): string =>
  schema.description === undefined ? '' : ` (${schema.description})`;

function notOneOf(value: unknown, allowed: readonly string[]): string {
  const meant = typeof value === 'string' ? didYouMean(value, allowed) : undefined;
  const list = `is ${shown(value)}; must be one of ${allowed.join(', ')}`;
  return meant === undefined ? list : `${list}; did you mean \`${meant}\`?`;
}

/** One fault as Ajv found it, in words that name the fault and the fix. `undefined`: said by another error already. */
function describe(error: ErrorObject): { child?: string; description: string } | undefined {
  const schema = error.parentSchema as ManifestSchema;
  const value: unknown = error.data;
  const params = error.params as Readonly<Record<string, unknown>>;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      return { child: name, description: unknownField(name, Object.keys(schema.properties ?? {})) };
    }
    case 'required': {
      const name = String(params['missingProperty']);
      const missing = schema.properties?.[name];
      return {
        child: name,
        description: `is missing; it is required${missing === undefined ? '' : about(missing)}`,
      };
    }
    case 'type': {
      const types: unknown = schema.type;
      return {
        description:
          wrongType(value, Array.isArray(types) ? types.map(String) : [String(types)]) + about(schema),
      };
    }
    case 'enum':
      // The type is wrong already: one fault, one sentence.
      return typeof value === 'string' ? { description: notOneOf(value, schema.enum ?? []) } : undefined;
    case 'format': {
      const format = schema.format;
      return format === undefined
        ? undefined
        : { description: `is ${shown(value)}; must be ${FORMATS[format].is}` };
    }
    case 'minimum':
      return { description: `is ${shown(value)}; must be at least ${limit}${about(schema)}` };
    case 'maximum':
      return { description: `is ${shown(value)}; must be at most ${limit}${about(schema)}` };
    case 'minLength':
      return { description: `is empty; write ${schema.description ?? 'a text'}` };
    case 'maxLength':
      return { description: `is longer than ${limit} characters; shorten it` };
    case 'maxItems':
      return { description: `has more than ${limit} entries; shorten it` };
    case 'minProperties':
      return { description: `is empty; write ${schema.description ?? `at least ${limit} fields`}` };
    case 'maxProperties':
      return { description: `has more than ${limit} fields; write ${schema.description ?? 'fewer'}` };
    case 'propertyNames':
      return {
        child: String(params['propertyName']),
        description: 'has a name that is empty or longer than 256 characters; rename it',
      };
    default:
      return { description: `${error.message ?? 'does not fit the schema'}${about(schema)}` };
  }
}

/** Ajv's errors as field violations, in the order of the document's fields, without doubles. */
export function violationsOf(errors: readonly ErrorObject[], root: unknown): readonly FieldViolation[] {
  const found = new Map<string, FieldViolation>();
  for (const error of errors) {
    // Faults of a name itself come with their `propertyNames` error, which names the field.
    if (error.propertyName !== undefined) continue;
    const words = describe(error);
    if (words === undefined) continue;
    const at = pathOfPointer('spec', root, error.instancePath);
    const field = words.child === undefined ? at : childPath(at, words.child);
    const key = `${field}\n${words.description}`;
    if (!found.has(key)) found.set(key, { field, description: words.description });
  }
  return [...found.values()];
}
