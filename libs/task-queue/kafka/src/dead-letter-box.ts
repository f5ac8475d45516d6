import type { DeadLetter } from '@replicante/task-queue';
import type { EnqueuedTask } from './queue-record.js';

interface Letter {
  readonly letter: DeadLetter;
  readonly taskId: string;
}

/** Why a message died that is no task. */
export const UNREADABLE = 'TASK_UNREADABLE';

const ID = /^(\d{15})-(\d{5})-(\d{10})$/;

/** Whether it can be a dead letter's id at all. */
export const isLetterId = (id: string): boolean => ID.test(id);

/** Letters' ids sort by when they first died, over all partitions, and name their partition. */
export function partitionOfLetter(id: string): number | undefined {
  const partition = ID.exec(id)?.[2];
  return partition === undefined ? undefined : Number(partition);
}

/** The dead letters of one partition: one per key and reason. */
export class DeadLetterBox {
  #letters = new Map<string, Map<string, Letter>>();
  #number = 0;

  constructor(private readonly partition: number) {}

  get size(): number {
    let size = 0;
    for (const ofKey of this.#letters.values()) size += ofKey.size;
    return size;
  }

  all(): readonly DeadLetter[] {
    return [...this.#letters.values()].flatMap(ofKey => [...ofKey.values()].map(({ letter }) => letter));
  }

  bury(task: EnqueuedTask, reason: string, attempts: number, stampMs: number): void {
    const ofKey = this.#letters.get(task.key) ?? new Map<string, Letter>();
    this.#letters.set(task.key, ofKey);
    const before = ofKey.get(reason)?.letter;
    ofKey.set(reason, {
      taskId: task.id,
      letter: {
        id: before?.id ?? this.#nextId(stampMs),
        kind: task.kind,
        key: task.key,
        payload: task.payload,
        reason,
        attempts,
        deadSince: before?.deadSince ?? new Date(stampMs).toISOString(),
        occurrences: (before?.occurrences ?? 0) + 1,
      },
    });
  }

  /** The key succeeded: what died of it before is settled. Not what nobody could read: anyone may write under that key. */
  forgive(key: string): void {
    const unreadable = this.#letters.get(key)?.get(UNREADABLE);
    if (unreadable) this.#letters.set(key, new Map([[UNREADABLE, unreadable]]));
    else this.#letters.delete(key);
  }

  /** Takes a letter out, as the task that died. */
  takeOut(letterId: string): EnqueuedTask | undefined {
    for (const [key, ofKey] of this.#letters)
      for (const [reason, { letter, taskId }] of ofKey) {
        if (letter.id !== letterId) continue;
        ofKey.delete(reason);
        if (ofKey.size === 0) this.#letters.delete(key);
        return { id: taskId, kind: letter.kind, key, payload: letter.payload };
      }
    return undefined;
  }

  written(): WrittenLetters {
    const letters = [...this.#letters.values()].flatMap(ofKey => [...ofKey.values()]);
    return { number: this.#number, letters };
  }

  restore({ number, letters }: WrittenLetters): void {
    this.#number = number;
    this.#letters = new Map();
    for (const each of letters) {
      const ofKey = this.#letters.get(each.letter.key) ?? new Map<string, Letter>();
      this.#letters.set(each.letter.key, ofKey.set(each.letter.reason, each));
    }
  }

  #nextId(stampMs: number): string {
    const parts: readonly [number, number][] = [
      [stampMs, 15],
      [this.partition, 5],
      [++this.#number, 10],
    ];
    return parts.map(([value, digits]) => String(value).padStart(digits, '0')).join('-');
  }
}

export interface WrittenLetters {
  readonly number: number;
  readonly letters: readonly Letter[];
}
