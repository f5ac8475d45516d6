import { rowGroup } from './row-group.js';

/** Every event, for lists and for the live feed. */
export const EVENT = rowGroup({
  table: 'events',
  key: { position: 'text' },
  version: null,
  values: {
    event_id: 'text',
    stream_id: 'text',
    revision: 'integer',
    type: 'text',
    code: 'text',
    recorded_at: 'timestamptz',
    ns_id: 'text',
    cluster_id: 'text',
    platform: 'text',
    actor: 'jsonb',
    command_id: 'text',
    correlation_id: 'text',
    causation_id: 'text',
    data: 'jsonb',
  },
});
