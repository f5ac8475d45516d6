import { isPassing, pause } from '@replicante/kafka-client';
import type { KafkaAdmin } from '@replicante/kafka-client';

const AGAIN_MS = 50;

export interface LogEnds {
  /** First offset that is still there. */
  readonly low: number;
  /** The offset that comes next. */
  readonly high: number;
}

/** Where each partition's log begins and ends. Those who ask while a question is on its way share the next one. */
export class EndOffsets {
  #asking: Promise<ReadonlyMap<number, LogEnds>> | undefined;
  #next: Promise<ReadonlyMap<number, LogEnds>> | undefined;

  constructor(
    private readonly admin: KafkaAdmin,
    private readonly topic: string,
    private readonly timeoutMs: number,
  ) {}

  /** As it is after now. */
  ask(): Promise<ReadonlyMap<number, LogEnds>> {
    if (!this.#asking) return (this.#asking = this.#fetch());
    this.#next ??= this.#asking.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<ReadonlyMap<number, LogEnds>> {
    this.#next = undefined;
    return (this.#asking = this.#fetch());
  }

  #fetch(): Promise<ReadonlyMap<number, LogEnds>> {
    const fetching = this.#offsets().finally(() => {
      if (this.#asking === fetching) this.#asking = undefined;
    });
    return fetching;
  }

  /** kafkajs does not repeat this question, and leaders of a topic that was just made are elected some time after. */
  async #offsets(): Promise<ReadonlyMap<number, LogEnds>> {
    const until = performance.now() + this.timeoutMs;
    for (;;)
      try {
        const offsets = await this.admin.call(admin => admin.fetchTopicOffsets(this.topic));
        return new Map(
          offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
        );
      } catch (error) {
        if (!isPassing(error) || performance.now() > until) throw error;
        await pause(AGAIN_MS, AbortSignal.timeout(this.timeoutMs));
      }
  }
}
