import { CLOUD_EVENT_CONTENT_TYPE, sampleCloudEvent, sampleKey, TOPICS } from '@replicante/contracts';
import type { CycleSample } from '@replicante/domain';
import type { BusRecord } from '@replicante/event-bus';

/** The newest completed cycle of a cluster, as it stands on the compacted topic. */
export function sampleRecord(sample: CycleSample): BusRecord {
  const event = sampleCloudEvent(sample);
  return {
    topic: TOPICS.samples,
    key: sampleKey(sample),
    value: JSON.stringify(event),
    headers: { 'ce-id': event.id, 'ce-type': event.type, 'content-type': CLOUD_EVENT_CONTENT_TYPE },
  };
}
