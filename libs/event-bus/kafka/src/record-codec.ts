import type { ReceivedRecord } from '@replicante/event-bus';
import type { KafkaMessage } from 'kafkajs';
import { isUtf8 } from 'node:buffer';

export interface Decoded {
  readonly record: ReceivedRecord;
  /** What the port cannot carry as it is: somebody else wrote it. */
  readonly foreign: boolean;
}

/** Bytes that are no UTF-8 become replacement characters: the record keeps its place, and its reader counts it as malformed. */
export function decode(topic: string, partition: number, message: KafkaMessage): Decoded {
  const { key, value, offset } = message;
  let foreign = key === null || !isText(key) || (value !== null && !isText(value));
  const headers: Record<string, string> = {};
  for (const [name, given] of Object.entries(message.headers ?? {})) {
    // A header may occur several times; the last one counts, as in most clients.
    const one = Array.isArray(given) ? given.at(-1) : given;
    if (Array.isArray(given) || one === undefined || one === null || !isText(one)) foreign = true;
    headers[name] = textOf(one);
  }
  return {
    record: {
      topic,
      key: textOf(key),
      value: value === null ? null : textOf(value),
      headers,
      partition,
      offset,
    },
    foreign,
  };
}

const isText = (given: Buffer | string): boolean => typeof given === 'string' || isUtf8(given);
/** kafkajs gives a header without a value as null, whatever its types say. */
const textOf = (given: Buffer | string | null | undefined): string => given?.toString() ?? '';
