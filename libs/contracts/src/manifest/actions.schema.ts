import type { ManifestSchema } from './building-blocks.schema.js';
import { approval, freeText, identifier, integer, object } from './building-blocks.schema.js';

const action: Readonly<Record<string, ManifestSchema>> = {
  ns_id: identifier,
  cluster_id: identifier,
  action_id: { type: 'string', format: 'uuid' },
  kind: { type: 'string', format: 'action-kind', maxLength: 256 },
  args: { type: ['object', 'null'], default: null },
  approval,
  metadata: {
    type: 'object',
    additionalProperties: { type: 'string', maxLength: 4_096 },
    maxProperties: 100,
    default: {},
  },
};

/** `spec` of an NAction (domain-reference §3.5). */
export const nodeActionSchema = object({ ...action, node_id: freeText('the node that carries it out') }, [
  'ns_id',
  'cluster_id',
  'node_id',
  'kind',
]);

/** `spec` of an OAction (domain-reference §3.6); a timeout in plain seconds is ours. */
export const orchestratorActionSchema = object(
  {
    ...action,
    timeout: {
      type: ['object', 'number', 'null'],
      description: 'seconds, or {secs, nanos}',
      minimum: 0.001,
      maximum: 31_536_000,
      properties: {
        secs: integer(0, 31_536_000, 'whole seconds'),
        nanos: integer(0, 999_999_999, 'nanoseconds', 0),
      },
      required: ['secs'],
      additionalProperties: false,
      default: null,
    },
  },
  ['ns_id', 'cluster_id', 'kind'],
);
