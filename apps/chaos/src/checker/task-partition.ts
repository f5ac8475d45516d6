import type { TaskRecord } from '../evidence/evidence.js';
import { canonical } from './canonical.js';

/** How a task may end (safety.md §14.5). */
export const ENDS = ['executed', 'superseded', 'expired', 'abandoned', 'deadLettered'] as const;
export type End = (typeof ENDS)[number];

/**
 * Who was not answered asks again, and an id is known only while it is in the queue (the port says so): a repeat that comes
 * after the end is a second life. So long after the first it is no repeat of a call that was not answered.
 */
const ASKED_AGAIN_WITHIN_MS = 60_000;

/** What became of an id. */
export interface Lives {
  /** As it was enqueued first. */
  readonly task: string;
  readonly firstAt: number;
  /** How often it came when it was not there. */
  came: number;
  readonly ends: End[];
}

interface Task {
  readonly id: string;
  readonly key: string;
  readonly expiresAt: number | null;
  /** Deliveries so far. */
  attempt: number;
  dueAt: number;
  /** Whose delivery it is, and until when, while it runs. */
  held?: { readonly by: string; until: number };
}

type Fields = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as Fields[]) : []);

/**
 * One partition of the queue's log by rules of the checker's own, from ADR 11: at most one task of a key waits and one runs;
 * a newer one supersedes the waiting one; who holds the newest grant takes what is due; an answer counts while its
 * delivery is its writer's; what was silent for too long counts as failed.
 */
export class TaskPartition {
  enqueued = 0;
  readonly ended: Record<End, number> = {
    executed: 0,
    superseded: 0,
    expired: 0,
    abandoned: 0,
    deadLettered: 0,
  };
  /** Each id that ever came. */
  readonly lives = new Map<string, Lives>();
  /** What no rule of the checker's foresees. */
  readonly strange: string[] = [];
  readonly #waiting = new Map<string, Task>();
  readonly #running = new Map<string, Task>();
  #grant = 0;
  #now = 0;
  #stamp = 0;

  get depth(): number {
    return this.#waiting.size + this.#running.size;
  }

  /** Ids of what is there still. */
  get open(): readonly string[] {
    return [...this.#waiting.values(), ...this.#running.values()].map(({ id }) => id);
  }

  apply({ partition, offset, stampMs, value }: TaskRecord): void {
    // Time goes on by what the broker's goes on; a step back is none.
    this.#now += this.#stamp === 0 ? stampMs : Math.max(0, stampMs - this.#stamp);
    this.#stamp = stampMs;
    const step = JSON.parse(value ?? '{}') as Fields;
    switch (step['type']) {
      case 'enqueue':
        return list(step['tasks']).forEach(task => this.#enqueue(task));
      case 'claim':
        this.#grant = Math.max(this.#grant, Number(step['grant']));
        return;
      case 'take':
        return this.#take(step);
      case 'settle':
        return list(step['answers']).forEach(answer => this.#answer(answer, step));
      case 'extend': {
        const { held } = this.#delivery(step) ?? {};
        if (held && held.by === step['consumer']) held.until = this.#now + Number(step['visibilityMs']);
        return;
      }
      case 'sweep':
        return this.#sweep(step);
      case 'snapshot':
        return; // what others may begin from: says nothing new
      default:
        this.strange.push(
          `partition ${partition} @${offset}: a record of type ${JSON.stringify(step['type'])}`,
        );
    }
  }

  #enqueue(task: Fields): void {
    const { id, key, delayMs = 0, expiresInMs } = task;
    const [name, at] = [String(id), String(key)];
    if (this.open.includes(name)) return;
    this.enqueued += 1;
    this.#comes(name, canonical(task));
    const older = this.#waiting.get(at);
    const dueAt = this.#now + Number(delayMs);
    if (older) this.#end(older, 'superseded');
    this.#waiting.set(at, {
      ...{
        id: name,
        key: at,
        attempt: 0,
        dueAt: older && delayMs === 0 ? Math.min(older.dueAt, dueAt) : dueAt,
      },
      expiresAt: expiresInMs === undefined ? null : this.#now + Number(expiresInMs),
    });
  }

  #comes(id: string, task: string): void {
    const lives = this.lives.get(id);
    if (!lives) return void this.lives.set(id, { task, firstAt: this.#now, came: 1, ends: [] });
    lives.came += 1;
    const laterMs = this.#now - lives.firstAt;
    if (lives.task !== task) this.strange.push(`task ${id} was enqueued again as another one`);
    else if (laterMs > ASKED_AGAIN_WITHIN_MS)
      this.strange.push(`task ${id} was enqueued again ${laterMs} ms after it came first`);
  }

  #take({ grant, consumer, ids, visibilityMs }: Fields): void {
    if (Number(grant) < this.#grant) return;
    this.#grant = Number(grant);
    const wanted = new Set(ids as readonly string[]);
    for (const task of [...this.#waiting.values()]) {
      if (
        !wanted.has(task.id) ||
        this.#running.has(task.key) ||
        task.dueAt > this.#now ||
        this.#isExpired(task)
      )
        continue;
      this.#waiting.delete(task.key);
      this.#running.set(task.key, task);
      task.attempt += 1;
      task.held = { by: String(consumer), until: this.#now + Number(visibilityMs) };
    }
  }

  #answer(answer: Fields, { consumer, maxAttempts }: Fields): void {
    const task = this.#delivery(answer);
    if (task?.held && task.held.by === consumer) this.#settle(task, answer, Number(maxAttempts));
  }

  #settle(task: Task, { outcome, backoffMs }: Fields, maxAttempts: number): void {
    if (outcome === 'executed' || outcome === 'abandoned') return this.#end(task, outcome);
    if (outcome === 'retry' && task.attempt >= maxAttempts) return this.#end(task, 'deadLettered');
    if (this.#waiting.has(task.key)) return this.#end(task, 'superseded');
    this.#running.delete(task.key);
    delete task.held;
    task.dueAt = this.#now + Number(backoffMs);
    this.#waiting.set(task.key, task);
  }

  #sweep({ silent, expired, maxAttempts }: Fields): void {
    for (const delivery of list(silent)) {
      const task = this.#delivery(delivery);
      if (task?.held && task.held.until <= this.#now)
        this.#settle(task, { outcome: 'retry', backoffMs: 0 }, Number(maxAttempts));
    }
    for (const task of [...this.#waiting.values()])
      if ((expired as readonly string[]).includes(task.id) && this.#isExpired(task))
        this.#end(task, 'expired');
  }

  #end(task: Task, how: End): void {
    (task.held ? this.#running : this.#waiting).delete(task.key);
    this.ended[how] += 1;
    this.lives.get(task.id)?.ends.push(how);
  }

  #delivery({ id, attempt }: Fields): Task | undefined {
    return [...this.#running.values()].find(task => task.id === id && task.attempt === attempt);
  }

  /** What was begun once does not expire any more. */
  #isExpired = ({ attempt, expiresAt }: Task): boolean =>
    attempt === 0 && expiresAt !== null && expiresAt <= this.#now;
}
