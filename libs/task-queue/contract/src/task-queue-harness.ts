import type { TaskQueue, TaskQueueSettings } from '@replicante/task-queue';

/** A consumer that takes one task and never ends it, in a process of its own wherever the adapter can be in several. */
export interface StuckConsumer {
  /** The id of the task that it has begun. */
  started(): Promise<string>;
  /** Whether it has been told to give up that task. */
  aborted(): Promise<boolean>;
  /** Silent, but not dead. */
  freeze(): void;
  thaw(): void;
  /** Gone without a word. */
  kill(): Promise<void>;
}

/** What an adapter's spec supplies. `open` and `stuckConsumer` of one name work on the same queue. */
export interface TaskQueueHarness {
  /** An independent client of the queue of that name, made on first use. The suite closes it. */
  open(queue: string, settings: TaskQueueSettings): Promise<TaskQueue>;
  stuckConsumer(queue: string, settings: TaskQueueSettings): Promise<StuckConsumer>;
  readonly outage: {
    kill(): Promise<void>;
    freeze(): Promise<void> | void;
    thaw(): Promise<void> | void;
    /** Back after `kill`, on the same data if the adapter is durable. */
    restart(): Promise<void>;
  };
  stop(): Promise<void>;
}
