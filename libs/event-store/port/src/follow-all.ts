import type { AllPage, EventStore, SubscribeAllOptions, SubscriptionBatch } from './event-store.port.js';
import type { WakeSignal } from './wake-signal.js';

const DEFAULT_BATCH = 500;

/**
 * `subscribeAll` for a store that is read by pages: catch up, then read again whenever `wake` changes, and at least
 * every `pollMs`. The poll is the watchdog: a lost wake-up costs time, never an event.
 */
export async function* followAll(
  readAll: EventStore['readAll'],
  options: SubscribeAllOptions,
  wake: WakeSignal,
  pollMs: number,
): AsyncGenerator<SubscriptionBatch> {
  const { signal, streamPrefixes, batchSize = DEFAULT_BATCH } = options;
  const filter = streamPrefixes === undefined ? {} : { streamPrefixes };
  let position = options.after;
  let announcedHead = false;
  while (!signal.aborted) {
    const seen = wake.version;
    const from = position === undefined ? {} : { after: position };
    const page = await untilAborted(readAll({ ...filter, ...from, limit: batchSize }), signal);
    if (page === 'aborted') return;
    const moved = page.position !== position;
    position = page.position;
    if (page.events.length > 0 || moved || (page.atHead && !announcedHead)) yield page;
    if (page.atHead) {
      announcedHead = true;
      await wake.changedSince(seen, signal, pollMs);
    }
  }
}

/** An abort must not wait for a server that does not answer; what the read says after it is of no use to anybody. */
async function untilAborted(read: Promise<AllPage>, signal: AbortSignal): Promise<AllPage | 'aborted'> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<'aborted'>(resolve => {
    stop = () => resolve('aborted');
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([read, aborted]);
  } catch (error) {
    if (signal.aborted) return 'aborted';
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
