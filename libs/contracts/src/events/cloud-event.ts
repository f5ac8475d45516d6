import type { CycleSample } from '@replicante/domain';
import type { EventMetadata } from '@replicante/kernel';
import { topicAddress } from './topics.js';
import { upstreamCode } from './upstream-code.js';

/**
 * CloudEvents 1.0, JSON format. Extension attributes (lower case, as the specification asks): `replicantecode` upstream's
 * code, `position` and `revision` of the store, `commandid`, `correlationid`, `causationid`, `actor`, `traceparent`.
 */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly type: string;
  /** `/streams/<stream>`: with `id`, unique for ever. */
  readonly source: string;
  /** The key within the topic: `<ns>:<cluster>`. */
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  readonly data: unknown;
  readonly replicantecode?: string;
  /** Of the event store; opaque, sorts in order. */
  readonly position?: string;
  /** Of the event's stream, as text: a CloudEvents integer has 32 bits. */
  readonly revision?: string;
  readonly commandid?: string;
  readonly correlationid?: string;
  readonly causationid?: string;
  /** `user:jo`, `system:worker`, `anonymous`. */
  readonly actor?: string;
  readonly traceparent?: string;
}

/** A stored event, as the event store's port hands it out. */
export interface PublishableEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata;
  readonly streamId: string;
  readonly revision: number;
  readonly position?: string;
}

export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json; charset=UTF-8';
export const CYCLE_SAMPLE_TYPE = 'replicante.sample.CycleCompleted.v1';

/** `$id` of the JSON Schema of a type's data; the files lie in `src/events/`. */
export const schemaId = (type: string): string => `https://replicante.io/schemas/${type}.schema.json`;

function actorName(actor: EventMetadata['actor']): string {
  switch (actor.kind) {
    case 'anonymous':
      // A claimed name proves nothing: consumers must not take it for one.
      return 'anonymous';
    case 'system':
      return `system:${actor.component}`;
    case 'user':
    case 'service':
      return `${actor.kind}:${actor.id}`;
  }
}

/** Pure. Events of types that this release does not know are published as they are: the bus loses nothing. */
export function cloudEvent(event: PublishableEvent): CloudEvent {
  const { metadata } = event;
  const code = upstreamCode(event);
  return {
    specversion: '1.0',
    id: event.id,
    type: event.type,
    source: `/streams/${encodeURIComponent(event.streamId)}`,
    subject: topicAddress(event.streamId)?.key ?? event.streamId,
    time: metadata.recordedAt,
    datacontenttype: 'application/json',
    dataschema: schemaId(event.type),
    revision: String(event.revision),
    ...(event.position === undefined ? {} : { position: event.position }),
    commandid: metadata.commandId,
    correlationid: metadata.correlationId,
    ...(metadata.causationId === undefined ? {} : { causationid: metadata.causationId }),
    actor: actorName(metadata.actor),
    ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
    ...(code === null ? {} : { replicantecode: code }),
    data: event.data,
  };
}

/** The newest completed cycle for `replicante.samples`; its id is the cycle's, so a repeat is known as one. */
export const sampleCloudEvent = (sample: CycleSample): CloudEvent & { readonly data: CycleSample } => ({
  specversion: '1.0',
  id: sample.cycle_id,
  type: CYCLE_SAMPLE_TYPE,
  source: `/samples/${sample.ns_id}:${sample.cluster_id}`,
  subject: `${sample.ns_id}:${sample.cluster_id}`,
  time: sample.completed_at,
  datacontenttype: 'application/json',
  dataschema: schemaId(CYCLE_SAMPLE_TYPE),
  revision: String(sample.revision),
  data: sample,
});
