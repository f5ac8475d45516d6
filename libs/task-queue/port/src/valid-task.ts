import { TaskQueueError } from './task-queue.port.js';
import type { NewTask } from './task-queue.port.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_NAME = 512;
/** Tasks carry ids; whoever needs more stores it and names it. */
const MAX_PAYLOAD = 256 * 1024;
const MAX_DELAY_MS = 366 * 24 * 3600 * 1000;

export interface ValidTask extends Omit<NewTask, 'payload'> {
  readonly payloadText: string;
}

/** What every adapter accepts, and nothing else. Throws `TASK_INVALID`, naming the field. */
export function validTask(task: NewTask): ValidTask {
  if (!UUID.test(task.id)) throw invalid('id', 'is a UUID');
  for (const field of ['kind', 'key'] as const) {
    const value = task[field];
    if (value.length === 0 || value.length > MAX_NAME || value.includes('\u0000'))
      throw invalid(field, `has 1 to ${MAX_NAME} characters, none of them NUL`);
  }
  for (const field of ['delayMs', 'expiresInMs'] as const) {
    const value = task[field];
    if (value !== undefined && !(value >= 0 && value <= MAX_DELAY_MS))
      throw invalid(field, 'is 0 milliseconds to a year');
  }
  const { payload, ...rest } = task;
  return { ...rest, id: task.id.toLowerCase(), payloadText: textOf(payload) };
}

function textOf(payload: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    throw new TaskQueueError('TASK_INVALID', 'payload: is JSON', { cause: error });
  }
  if (text === undefined) throw invalid('payload', 'is JSON');
  if (text.length > MAX_PAYLOAD) throw invalid('payload', `is at most ${MAX_PAYLOAD} characters of JSON`);
  return text;
}

const invalid = (field: string, rule: string): TaskQueueError =>
  new TaskQueueError('TASK_INVALID', `${field}: ${rule}`);
