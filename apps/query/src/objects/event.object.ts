import type { EventView } from '@replicante/read-models';
import { madeOf } from './object-type.js';

const { column, objectType } = madeOf<EventView>();

export const EVENT = objectType({
  id: column('event_id'),
  type: column('type'),
  code: column('code'),
  time: column('recorded_at'),
  streamId: column('stream_id'),
  revision: column('revision'),
  position: column('position'),
  nsId: column('ns_id'),
  clusterId: column('cluster_id'),
  platform: column('platform'),
  actor: column('actor'),
  commandId: column('command_id'),
  correlationId: column('correlation_id'),
  causationId: column('causation_id'),
  data: column('data'),
});
