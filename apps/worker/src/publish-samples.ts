import { CLOUD_EVENT_CONTENT_TYPE, sampleCloudEvent, sampleKey, TOPICS } from '@replicante/contracts';
import type { CycleSample } from '@replicante/domain';
import type { BusRecord, EventBus } from '@replicante/event-bus';

/** The newest completed cycle of a cluster, as it stands on the compacted topic. */
function sampleRecord(sample: CycleSample): BusRecord {
  const event = sampleCloudEvent(sample);
  return {
    topic: TOPICS.samples,
    key: sampleKey(sample),
    value: JSON.stringify(event),
    headers: { 'ce-id': event.id, 'ce-type': event.type, 'content-type': CLOUD_EVENT_CONTENT_TYPE },
  };
}

export interface PublishSamplesOptions {
  readonly bus: Pick<EventBus, 'publish'>;
  readonly count: (result: 'published' | 'failed', samples: number) => void;
  readonly onFailure: (error: unknown, samples: readonly CycleSample[]) => void;
}

/** As many as the bus takes in one publish without delaying others. */
const TOGETHER = 100;

/**
 * Samples of many cycles travel together: those that complete while one publish is on its way are the next one. A sample
 * that could not be published is gone: the cluster's next cycle brings a newer one.
 */
export class PublishSamples {
  #waiting: { readonly sample: CycleSample; readonly done: () => void }[] = [];
  #publishing = false;

  constructor(private readonly options: PublishSamplesOptions) {}

  /** Resolves when it was published, or could not be. Never rejects. */
  publish(sample: CycleSample): Promise<void> {
    return new Promise(done => {
      this.#waiting.push({ sample, done });
      if (!this.#publishing) void this.#publishAll();
    });
  }

  async #publishAll(): Promise<void> {
    this.#publishing = true;
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0, TOGETHER);
      await this.#together(together.map(({ sample }) => sample));
      for (const { done } of together) done();
    }
    this.#publishing = false;
  }

  async #together(samples: readonly CycleSample[]): Promise<void> {
    const { bus, count, onFailure } = this.options;
    try {
      await bus.publish(samples.map(sampleRecord));
      count('published', samples.length);
    } catch (error) {
      count('failed', samples.length);
      onFailure(error, samples);
    }
  }
}
