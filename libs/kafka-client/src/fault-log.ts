import type { LogEntry } from 'kafkajs';
import { KafkaClientError } from './kafka-fault.js';

/** The same line is told again after this; a broker that is down makes kafkajs write it at every try. */
const REPEAT_AFTER_MS = 60_000;
const MOST_LINES = 200;
/** Said in every rebalance and start of a broker. */
const PASSING = /rebalanc|coordinator|generation|leader|member|not aware|retries for the idempotent/i;
/**
 * Said whenever several processes meet topics that are not there yet. Both come back to whoever asked, as an answer or as
 * an error with its code, so that nothing is hidden; what the line adds is a warning at every first boot.
 */
const ANSWERED = [
  // Another process was faster (TOPIC_ALREADY_EXISTS); any other reason is thrown by `createTopics`.
  /^Response CreateTopics\(.*Topic creation errors/,
  // Asked for by name while it is being made; `partitionCounts` and `makeTopics` look again.
  /^Response Metadata\(.*This server does not host this topic-partition/,
];

/** One per reporter: a client that is replaced at every try must not make the same line new. */
const logs = new WeakMap<(error: unknown) => void, (entry: LogEntry) => void>();

/** kafkajs logs what it then retries; this tells each kind of line once a minute, and nothing of what is ordinary. */
export function faultLog(onError: (error: unknown) => void): (entry: LogEntry) => void {
  const log = logs.get(onError) ?? newLog(onError);
  logs.set(onError, log);
  return log;
}

function newLog(onError: (error: unknown) => void): (entry: LogEntry) => void {
  const toldAt = new Map<string, number>();
  return ({ namespace, log }) => {
    const detail: unknown = log['error'];
    const text = typeof detail === 'string' ? `${log.message}: ${detail}` : log.message;
    if (PASSING.test(text) || ANSWERED.some(line => line.test(text))) return;
    const line = `${namespace}: ${text}`;
    const kind = line.replace(/\d+/g, '#');
    const now = performance.now();
    if (now - (toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return;
    if (toldAt.size >= MOST_LINES) toldAt.clear();
    toldAt.set(kind, now);
    onError(new KafkaClientError('UNAVAILABLE', `kafkajs ${line}`));
  };
}
