import { CYCLE_SAMPLE_TYPE, schemaId } from './cloud-event.js';
import { clusterEventSchemas } from './cluster-events.schema.js';
import { cycleSampleSchema } from './cycle-sample.schema.js';
import { namespaceEventSchemas, platformEventSchemas } from './platform-events.schema.js';
import type { PublishedEventType } from './published-event.js';
import type { JsonSchema, Schema } from './typed-schema.js';

type Untyped = Pick<Schema<unknown>, 'json' | 'definitions'>;

const byType: { readonly [T in PublishedEventType | typeof CYCLE_SAMPLE_TYPE]: Untyped } = {
  ...namespaceEventSchemas,
  ...platformEventSchemas,
  ...clusterEventSchemas,
  [CYCLE_SAMPLE_TYPE]: cycleSampleSchema,
};

const document = (type: string, schema: Untyped): JsonSchema => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: schemaId(type),
  title: type,
  ...schema.json,
  ...(Object.keys(schema.definitions).length === 0
    ? {}
    : { $defs: Object.fromEntries(Object.entries(schema.definitions).sort(([a], [b]) => (a < b ? -1 : 1))) }),
});

/**
 * The JSON Schema of the `data` of every published type, samples included: the compiler refuses an event without one,
 * and one that does not fit its event. The same documents lie as files beside this one.
 */
export const eventSchemas: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  Object.entries<Untyped>(byType).map(([type, schema]) => [type, document(type, schema)]),
);
