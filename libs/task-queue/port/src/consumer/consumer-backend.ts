import type { Task } from '../task-queue.port.js';

export interface Assignment {
  readonly partition: number;
  /** Differs each time that the partition is assigned: lost and had again is not kept. */
  readonly grant: number;
}

export interface Beat {
  readonly assignments: readonly Assignment[];
  /** How many partitions this consumer should have, so that all have about as many. */
  readonly share: number;
}

/** What became of a delivery. `released`: given back unfinished, without counting against the attempts. */
export interface Answer {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: 'executed' | 'abandoned' | 'retry' | 'released';
  readonly reason: string;
  readonly backoffMs: number;
}

/** `tasks`: one could be taken. `partitions`: a consumer came, left or gave one back; who owns what may change. */
export type Wake = 'tasks' | 'partitions';

/**
 * One consumer's side of the server: what an adapter supplies to `ConsumerEngine`. Every call ends within its own
 * deadline and rejects with `QUEUE_UNAVAILABLE`. Every statement that changes a task checks (id, attempt, consumer):
 * an answer to a delivery that is no longer this consumer's changes nothing.
 */
export interface ConsumerBackend {
  /** "I live": joins if unknown, takes free partitions up to its share except those in `avoid`, sweeps. */
  beat(avoid: readonly number[]): Promise<Beat>;
  giveBack(partition: number): Promise<void>;
  /** At most one per key, none whose key runs; only from those of `partitions` that are this consumer's. */
  take(partitions: readonly number[], limit: number): Promise<readonly Task[]>;
  settle(answers: readonly Answer[]): Promise<void>;
  /** False: the task is no longer this consumer's. */
  extend(id: string, attempt: number): Promise<boolean>;
  /** Frees all its partitions. */
  leave(): Promise<void>;
  /** Best effort: what polls and beats would find later. Answers how to stop listening. */
  onWake(wake: (what: Wake) => void): () => void;
}
