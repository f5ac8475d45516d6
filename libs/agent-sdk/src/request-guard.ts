import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AgentError } from './agent-error.js';

export interface GuardOptions {
  /** Per-install token; without one every caller that passes the other checks is served. */
  readonly token: string | undefined;
  /** Values of `Host` that are ours, `name:port`, lower case. */
  readonly hosts: ReadonlySet<string>;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * safety.md §13. `Host` keeps a page whose name was rebound to our address out, `Origin` any page at all: agents have no
 * browser clients. Throws `HOST_REFUSED`, `ORIGIN_REFUSED`, `UNAUTHENTICATED`.
 */
export function guardRequest(request: IncomingMessage, options: GuardOptions): void {
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !options.hosts.has(host))
    throw new AgentError('HOST_REFUSED', 'the Host header does not name this agent');
  if (request.headers.origin !== undefined)
    throw new AgentError('ORIGIN_REFUSED', 'requests of web pages are not served');
  if (options.token === undefined) return;
  const sent = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  // Digests have one length, so that the comparison tells nothing about the token's.
  if (!timingSafeEqual(digest(sent), digest(options.token)))
    throw new AgentError('UNAUTHENTICATED', 'the token of this install is needed');
}
