import type { SubscribeOptions } from '@replicante/event-bus';
import type { MemoryTopic } from './memory-topic.js';

const BATCH = 500;
const BACKOFF_MS = { first: 20, most: 1_000 };

export interface MemoryMember {
  readonly options: SubscribeOptions;
  /** Batches that its handler has now. */
  readonly inHand: Set<Promise<void>>;
}

interface PartitionState {
  readonly topic: MemoryTopic;
  readonly partition: number;
  committed: number;
  failures: number;
  /** A batch is in some member's hands, or its back-off runs: the next must wait. */
  busy: boolean;
}

/** Members, and where each partition of their topics stands. A private subscription is a group of one. */
export class MemoryGroup {
  readonly #members: MemoryMember[] = [];
  readonly #partitions = new Map<string, PartitionState>();

  join(member: MemoryMember, topics: readonly MemoryTopic[]): void {
    for (const topic of topics)
      for (let partition = 0; partition < topic.config.partitions; partition += 1) {
        const key = `${topic.config.name}/${partition}`;
        if (this.#partitions.has(key)) continue;
        const committed = member.options.from === 'earliest' ? 0 : topic.end(partition);
        this.#partitions.set(key, { topic, partition, committed, failures: 0, busy: false });
      }
    this.#members.push(member);
    this.deliver();
  }

  async leave(member: MemoryMember): Promise<void> {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
    await Promise.all(member.inHand);
    this.deliver();
  }

  /** Hands out what waits. One loop per partition for the whole group: members never overlap on one. */
  deliver(): void {
    for (const state of this.#partitions.values()) this.#next(state);
  }

  #next(state: PartitionState): void {
    if (state.busy) return;
    const takers = this.#members.filter(member => member.options.topics.includes(state.topic.config.name));
    const member = takers[state.partition % takers.length];
    const records = state.topic.read(state.partition, state.committed, BATCH);
    const last = records.at(-1);
    if (member === undefined || last === undefined) return;
    state.busy = true;
    const batch = member.options.handler(records).then(
      () => {
        state.committed = Number(last.offset) + 1;
        state.failures = 0;
        return 0;
      },
      (error: unknown) => {
        member.options.onError?.(error);
        state.failures += 1;
        return Math.min(BACKOFF_MS.first * 2 ** (state.failures - 1), BACKOFF_MS.most);
      },
    );
    const settled = batch.then(pauseMs => {
      member.inHand.delete(settled);
      const goOn = () => {
        state.busy = false;
        this.#next(state);
      };
      if (pauseMs > 0) setTimeout(goOn, pauseMs);
      else goOn();
    });
    member.inHand.add(settled);
  }
}
