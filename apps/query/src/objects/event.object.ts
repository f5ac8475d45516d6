import type { EventView } from '@replicante/read-models';

export const eventObject = (row: EventView) => ({
  id: row.event_id,
  type: row.type,
  code: row.code,
  time: row.recorded_at,
  streamId: row.stream_id,
  revision: row.revision,
  position: row.position,
  nsId: row.ns_id,
  clusterId: row.cluster_id,
  platform: row.platform,
  actor: row.actor,
  commandId: row.command_id,
  correlationId: row.correlation_id,
  causationId: row.causation_id,
  data: row.data,
});
export type EventObject = ReturnType<typeof eventObject>;
