import type { Json } from '@replicante/kernel';
import type { Answer, ValidTask } from '@replicante/task-queue';

/** Of every record. Rules of the fold change only together with it: readers first, writers one release later. */
export const RECORD_VERSION = 1;

export interface EnqueuedTask {
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly payload: Json;
  readonly delayMs?: number;
  readonly expiresInMs?: number;
}

export interface Delivery {
  readonly id: string;
  readonly attempt: number;
}

/**
 * What is written to a partition of the tasks' topic. All but `enqueue` ask for a change; whether it happens is decided by
 * the fold, in the order of the log (`queue-partition.ts`). `call` lets the writer find the verdict on its own record.
 */
export type QueueRecord =
  | { readonly type: 'enqueue'; readonly tasks: readonly (EnqueuedTask | Unreadable)[] }
  | { readonly type: 'claim'; readonly grant: number }
  | {
      readonly type: 'take';
      readonly grant: number;
      readonly consumer: string;
      readonly call: string;
      readonly ids: readonly string[];
      readonly visibilityMs: number;
    }
  | {
      readonly type: 'settle';
      readonly consumer: string;
      readonly maxAttempts: number;
      readonly answers: readonly Answer[];
    }
  | {
      readonly type: 'extend';
      readonly consumer: string;
      readonly call: string;
      readonly id: string;
      readonly attempt: number;
      readonly visibilityMs: number;
    }
  | {
      readonly type: 'sweep';
      readonly maxAttempts: number;
      readonly silent: readonly Delivery[];
      readonly expired: readonly string[];
    }
  | { readonly type: 'requeue'; readonly call: string; readonly letter: string };

/** Garbage, another version, somebody else's message. It ends as a dead letter. */
export interface Unreadable {
  readonly type: 'unreadable';
  readonly why: string;
}

export const written = (record: QueueRecord): string => JSON.stringify({ v: RECORD_VERSION, ...record });

const MAX_ENQUEUE_CHARACTERS = 200_000;

/**
 * Several tasks to a record: a record costs more than the task in it. Never so many that it nears the broker's limit of
 * 1 MB (three bytes to a character), except by a single large task.
 */
export function writtenTasks(tasks: readonly ValidTask[]): readonly string[] {
  const records: string[] = [];
  let open: string[] = [];
  let length = 0;
  const close = (): void => {
    if (open.length > 0) records.push(`{"v":${RECORD_VERSION},"type":"enqueue","tasks":[${open.join(',')}]}`);
    open = [];
    length = 0;
  };
  for (const { payloadText, ...task } of tasks) {
    // What was valid as text stays that text: parsed once, by the reader.
    const text = `${JSON.stringify(task).slice(0, -1)},"payload":${payloadText}}`;
    if (length + text.length > MAX_ENQUEUE_CHARACTERS) close();
    open.push(text);
    length += text.length;
  }
  close();
  return records;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_NAME = 512;
const OUTCOMES: ReadonlySet<unknown> = new Set<Answer['outcome']>([
  'executed',
  'abandoned',
  'retry',
  'released',
]);

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isSpan = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isList = <T>(value: unknown, is: (item: unknown) => item is T): value is readonly T[] =>
  Array.isArray(value) && value.every(item => is(item));
const isName = (value: unknown): value is string =>
  isText(value) && value.length > 0 && value.length <= MAX_NAME && !value.includes('\u0000');
const isDelivery = (value: unknown): value is Delivery =>
  isFields(value) && isText(value['id']) && isCount(value['attempt']);
const isAnswer = (value: unknown): value is Answer =>
  isDelivery(value) &&
  'outcome' in value &&
  OUTCOMES.has(value.outcome) &&
  'reason' in value &&
  isText(value.reason) &&
  'backoffMs' in value &&
  isSpan(value.backoffMs);
const isTask = (value: unknown): value is EnqueuedTask =>
  isFields(value) &&
  isText(value['id']) &&
  UUID.test(value['id']) &&
  isName(value['kind']) &&
  isName(value['key']) &&
  value['payload'] !== undefined &&
  (value['delayMs'] === undefined || isSpan(value['delayMs'])) &&
  (value['expiresInMs'] === undefined || isSpan(value['expiresInMs']));

const unreadable = (why: string): Unreadable => ({ type: 'unreadable', why });

/** Strict: what would change the fold's course is exactly what this version writes. */
export function asQueueRecord(value: unknown): QueueRecord | Unreadable {
  if (!isFields(value)) return unreadable('it is no JSON object');
  if (value['v'] !== RECORD_VERSION) return unreadable('it is of another version');
  const { type, call, consumer, grant, visibilityMs, maxAttempts } = value;
  switch (type) {
    case 'enqueue':
      if (!Array.isArray(value['tasks'])) break;
      return {
        type,
        tasks: value['tasks'].map((task: unknown) =>
          isTask(task) ? task : unreadable('a field is missing or wrong'),
        ),
      };
    case 'claim':
      if (!isCount(grant)) break;
      return { type, grant };
    case 'take':
      if (!isCount(grant) || !isText(consumer) || !isText(call) || !isSpan(visibilityMs)) break;
      if (!isList(value['ids'], isText)) break;
      return { type, grant, consumer, call, ids: value['ids'], visibilityMs };
    case 'settle':
      if (!isText(consumer) || !isCount(maxAttempts) || !isList(value['answers'], isAnswer)) break;
      return { type, consumer, maxAttempts, answers: value['answers'] };
    case 'extend':
      if (!isText(consumer) || !isText(call) || !isSpan(visibilityMs)) break;
      if (!isText(value['id']) || !isCount(value['attempt'])) break;
      return { type, consumer, call, id: value['id'], attempt: value['attempt'], visibilityMs };
    case 'sweep':
      if (!isCount(maxAttempts) || !isList(value['silent'], isDelivery)) break;
      if (!isList(value['expired'], isText)) break;
      return { type, maxAttempts, silent: value['silent'], expired: value['expired'] };
    case 'requeue':
      if (!isText(call) || !isText(value['letter'])) break;
      return { type, call, letter: value['letter'] };
    default:
      return unreadable('its type is unknown');
  }
  return unreadable('a field is missing or wrong');
}
