import { rowGroup } from './row-group.js';

const node = { ns_id: 'text', cluster_id: 'text', node_id: 'text' } as const;

/** What the platform says of the node. `removed`: gone for good; the row stays as the mark that versions need. */
export const NODE_DISCOVERY = rowGroup({
  table: 'nodes',
  key: node,
  version: 'discovery_version',
  values: { agent_address: 'text', node_class: 'text', node_group: 'text', removed: 'boolean' },
});

export const NODE_PRESENCE = rowGroup({
  table: 'nodes',
  key: node,
  version: 'presence_version',
  values: { absences: 'integer', absent_since: 'timestamptz' },
});

/** What the agent says of the node. */
export const NODE_STATE = rowGroup({
  table: 'nodes',
  key: node,
  version: 'state_version',
  values: {
    status: 'text',
    unknown_status: 'text',
    details: 'jsonb',
    quarantine: 'text',
    error: 'jsonb',
    observer: 'text',
    state_changed_at: 'timestamptz',
  },
});

/** All shards of a node in one row: the event lists them whole, and what it does not list is gone. */
export const NODE_SHARDS = rowGroup({
  table: 'nodes',
  key: node,
  version: 'shards_version',
  values: {
    shards: 'jsonb',
    has_primary: 'boolean',
    has_secondary: 'boolean',
    shards_changed_at: 'timestamptz',
  },
});

export const NODE_EXTRAS = rowGroup({
  table: 'nodes',
  key: node,
  version: 'extras_version',
  values: { extras: 'jsonb', extras_changed_at: 'timestamptz' },
});
