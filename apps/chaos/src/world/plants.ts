import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A planted defect: each provision once more, as if it were another. */
export function provisionTwice(path: string, headers: IncomingHttpHeaders): IncomingHttpHeaders | undefined {
  if (path !== '/provision') return undefined;
  return { ...headers, 'idempotency-key': randomUUID(), 'replicante-attempt-id': randomUUID() };
}
