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
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** As many as the bus takes in one publish without delaying others. */
const TOGETHER = 100;
/** Between two publishes: a publish costs a bus and all who listen to it more than the samples in it. */
const APART_MS = 50;

/**
 * Samples of many cycles travel together, and no cycle waits for them: the first goes at once, and while that is on its way
 * and for a moment more the newest of each cluster gathers for the next. A sample that could not be published is gone: the
 * cluster's next cycle brings a newer one.
 */
export class PublishSamples {
  readonly #waiting = new Map<string, CycleSample>();
  readonly #flushed = new AbortController();
  #publishing: Promise<void> | undefined;

  constructor(private readonly options: PublishSamplesOptions) {}

  publish(sample: CycleSample): void {
    this.#waiting.set(sampleKey(sample), sample);
    this.#publishing ??= this.#publishAll().finally(() => (this.#publishing = undefined));
  }

  /** Resolves when all were published, or could not be. From then on nothing gathers. */
  async flush(): Promise<void> {
    this.#flushed.abort();
    await this.#publishing;
  }

  async #publishAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const together = [...this.#waiting].slice(0, TOGETHER);
      for (const [key] of together) this.#waiting.delete(key);
      await this.#together(together.map(([, sample]) => sample));
      if (this.#waiting.size < TOGETHER) await this.options.wait(APART_MS, this.#flushed.signal);
    }
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
