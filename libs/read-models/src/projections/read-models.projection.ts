import type { StoredEvent } from '@replicante/event-store';
import { EVENT } from '../rows/event-rows.js';
import { change, type RowChange } from '../rows/row-group.js';
import { clusterProjection, clusterTouched } from './cluster.projection.js';
import type { EventPlace } from './event-handlers.js';
import { namespaceProjection } from './namespace.projection.js';
import { platformProjection, platformTouched } from './platform.projection.js';
import { subjectOf, type Subject } from './subject.js';

/** Upstream's code of an event (`NODE_SYNC_UPDATE`), `null` where upstream has none; from `@replicante/contracts`. */
export type CodeOf = (event: StoredEvent) => string | null;

type Handler = (data: unknown, place: EventPlace) => readonly RowChange[];

// The tables are exhaustive over the domain's unions by type; here events come from the wire, so any name is looked up.
const handlers = new Map(
  Object.entries({ ...namespaceProjection, ...platformProjection, ...clusterProjection }),
) as ReadonlyMap<string, unknown> as ReadonlyMap<string, Handler>;

/** False: only in the list of events; counted, never fatal (architecture.md §3). */
export const isProjected = (type: string): boolean => handlers.has(type);

/** Pure: what one event changes in the rows. */
export const readModelsProjection =
  (codeOf: CodeOf) =>
  (event: StoredEvent): readonly RowChange[] => {
    const subject = subjectOf(event.streamId);
    const place = {
      id: event.id,
      revision: event.revision,
      at: event.metadata.recordedAt,
      metadata: event.metadata,
    };
    return [
      eventRow(event, subject, codeOf(event)),
      ...touched(subject, place),
      ...(handlers.get(event.type)?.(event.data, place) ?? []),
    ];
  };

function touched({ ns_id, cluster_id, platform }: Subject, place: EventPlace): readonly RowChange[] {
  if (ns_id === null) return [];
  if (cluster_id !== null) return [clusterTouched({ ns_id, cluster_id }, place)];
  return platform === null ? [] : [platformTouched({ ns_id, name: platform }, place)];
}

function eventRow(event: StoredEvent, subject: Subject, code: string | null): RowChange {
  const { metadata } = event;
  // Named one by one: spread into fourteen columns it cost as much as all else that is projected.
  return change(EVENT, { position: event.position }, event.revision, {
    ns_id: subject.ns_id,
    cluster_id: subject.cluster_id,
    platform: subject.platform,
    event_id: event.id,
    stream_id: event.streamId,
    revision: event.revision,
    type: event.type,
    code,
    recorded_at: metadata.recordedAt,
    actor: metadata.actor,
    command_id: metadata.commandId,
    correlation_id: metadata.correlationId,
    causation_id: metadata.causationId ?? null,
    data: event.data,
  });
}
