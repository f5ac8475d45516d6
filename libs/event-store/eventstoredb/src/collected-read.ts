import type { StreamingRead } from '@eventstore/db-client';
import { EventStoreError } from '@replicante/event-store';

/**
 * A bounded read, whole. The client's own reads have no deadline: on a frozen server, or a line that leads nowhere, they
 * would wait for ever. Rejects with what the client emitted, or `UNAVAILABLE` after `timeoutMs`.
 */
export function collected<E>(open: () => StreamingRead<E>, timeoutMs: number): Promise<E[]> {
  return new Promise((resolve, reject) => {
    const read = open();
    const items: E[] = [];
    const timer = setTimeout(() => {
      discard(read);
      reject(new EventStoreError('UNAVAILABLE', `event store: no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    read.on('data', item => items.push(item));
    read.on('end', () => {
      clearTimeout(timer);
      resolve(items);
    });
    // Stays for good: what comes after the promise has settled must not become an uncaught error.
    read.on('error', error => {
      clearTimeout(timer);
      read.destroy();
      reject(error);
    });
  });
}

/** Ends a read that nobody waits for, on both sides. */
function discard(read: StreamingRead<unknown>): void {
  // Cancelling waits for the call to exist; where it never comes to be there is nothing to cancel.
  void read.cancel().then(
    () => read.destroy(),
    () => read.destroy(),
  );
}
