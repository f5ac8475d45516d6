import type { FormatName } from './formats.js';

/** The part of JSON Schema that the manifests use; `description` completes messages ("seconds between cycles"). */
export interface ManifestSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: FormatName;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, ManifestSchema>>;
  readonly additionalProperties?: boolean | ManifestSchema;
  readonly propertyNames?: ManifestSchema;
  readonly required?: readonly string[];
  readonly items?: ManifestSchema;
}

type Properties = Readonly<Record<string, ManifestSchema>>;

/** A closed object: what is not listed is refused, since a misspelt field that is ignored is a default nobody chose. */
export const object = (properties: Properties, required: readonly string[] = []): ManifestSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});

/** A closed object with defaults inside: left out, it is filled in as if `{}` had been written. */
export const defaulted = (properties: Properties): ManifestSchema => ({ ...object(properties), default: {} });

export const identifier: ManifestSchema = { type: 'string', format: 'identifier' };

/** Free text: node ids, group ids, classes, versions. */
export const freeText = (description: string): ManifestSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 256,
  description,
});

export const boolean = (value: boolean): ManifestSchema => ({ type: 'boolean', default: value });

export const integer = (
  minimum: number,
  maximum: number,
  description: string,
  value?: number,
): ManifestSchema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
  ...(value === undefined ? {} : { default: value }),
});

export const certificates: ManifestSchema = {
  type: ['string', 'null'],
  format: 'certificates',
  maxLength: 1_000_000,
  default: null,
};

/** A reference and never the secret: exactly one of the two places. */
export const secretRef: ManifestSchema = {
  type: ['object', 'null'],
  description: 'a reference: {fromEnv: NAME} or {fromFile: /path}',
  properties: {
    fromFile: { type: 'string', format: 'absolute-path' },
    fromEnv: { type: 'string', format: 'environment-name' },
  },
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  default: null,
};

export const approval: ManifestSchema = {
  type: 'string',
  enum: ['granted', 'required'],
  default: 'granted',
};

const scalar = ['string', 'number', 'boolean', 'null'];

/** domain-reference §2.13: a scalar (equal), a list (one of), or {op, value | values}. */
const matcher: ManifestSchema = {
  type: [...scalar, 'array', 'object'],
  description: 'a value, a list of values, or {op, value | values}',
  items: { type: scalar },
  maxItems: 1_000,
  properties: {
    op: {
      type: 'string',
      enum: ['Eq', 'Ne', 'In', 'NotIn', 'Set', 'Unset', 'eq', 'ne', 'in', 'not-in', 'not_in', 'set', 'unset'],
    },
    value: { type: scalar },
    values: { type: 'array', items: { type: scalar }, maxItems: 1_000 },
  },
  required: ['op'],
  additionalProperties: false,
};

export const nodeSearch: ManifestSchema = {
  type: ['object', 'null'],
  default: null,
  properties: {
    matches: { type: 'object', additionalProperties: matcher, maxProperties: 100, default: {} },
    max_results: {
      type: ['integer', 'null'],
      minimum: 0,
      maximum: 1_000_000,
      description: 'nodes at most; null for all',
      default: null,
    },
    sort_by: {
      type: 'array',
      items: { type: 'string', format: 'sort-key', minLength: 1, maxLength: 256 },
      maxItems: 20,
      default: ['node_id'],
    },
  },
  additionalProperties: false,
};
