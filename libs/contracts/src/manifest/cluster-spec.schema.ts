import type { ManifestSchema } from './building-blocks.schema.js';
import {
  approval,
  boolean,
  defaulted,
  freeText,
  identifier,
  integer,
  nodeSearch,
  object,
} from './building-blocks.schema.js';

const attributes: ManifestSchema = { type: 'object', maxProperties: 1_000, default: {} };

const nodeGroup = object(
  {
    desired_count: integer(0, 10_000, 'nodes of this group'),
    node_class: freeText('the kind of node, as the platform names it'),
    store_version: {
      type: ['string', 'null'],
      minLength: 1,
      maxLength: 256,
      description: "null for the cluster's",
      default: null,
    },
    attributes,
  },
  ['desired_count', 'node_class'],
);

const definition: ManifestSchema = {
  ...object(
    {
      cluster_id: identifier,
      store: freeText('the datastore, like postgresql'),
      store_version: freeText('a text: write "18", with quotes'),
      attributes,
      nodes: {
        type: 'object',
        description: 'groups by id',
        propertyNames: { type: 'string', minLength: 1, maxLength: 256 },
        additionalProperties: nodeGroup,
        maxProperties: 1_000,
      },
    },
    ['cluster_id', 'store', 'store_version', 'nodes'],
  ),
  type: ['object', 'null'],
  default: null,
};

const minutes = (what: string): ManifestSchema => integer(0, 525_600, `minutes to wait after ${what}`, 5);
const seconds = (what: string): ManifestSchema => ({
  ...integer(0, 31_536_000, `seconds ${what}`),
  type: ['integer', 'null'],
  default: null,
});

const declaration = defaulted({
  active: boolean(true),
  approval,
  definition,
  graces: defaulted({
    expand: minutes('a join or add'),
    init: minutes('an initialisation'),
    scale_up: minutes('a provision'),
  }),
  timings_seconds: defaulted({
    expand: seconds('to wait after a join or add; overrides graces.expand'),
    init: seconds('to wait after an initialisation; overrides graces.init'),
    scale_up: seconds('to wait after a provision; overrides graces.scale_up'),
    stable_after: seconds('that provisioned nodes must be seen before a provision counts as done'),
  }),
  initialise: defaulted({
    mode: {
      type: 'string',
      enum: ['Auto', 'SingleNode', 'auto', 'single-node', 'single_node'],
      default: 'Auto',
    },
    action_args: { default: null },
    search: nodeSearch,
  }),
  expand: defaulted({
    mode: { type: 'string', enum: ['Auto', 'Add', 'Join', 'auto', 'add', 'join'], default: 'Auto' },
    target_member: nodeSearch,
  }),
});

const platformRef: ManifestSchema = {
  ...object({ ns_id: { type: ['string', 'null'], format: 'identifier', default: null }, name: identifier }, [
    'name',
  ]),
  type: ['object', 'null'],
  default: null,
};

/** `spec` of a ClusterSpec (domain-reference §2.3); `declaration.timings_seconds` is ours. */
export const clusterSpecSchema = object(
  {
    ns_id: identifier,
    cluster_id: identifier,
    active: boolean(true),
    interval: integer(1, 604_800, 'seconds between cycles', 60),
    platform: platformRef,
    declaration,
  },
  ['ns_id', 'cluster_id'],
);
