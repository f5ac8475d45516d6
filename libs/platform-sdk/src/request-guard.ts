import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away before it is read. */
export interface Turned {
  readonly status: 401 | 403 | 421;
  readonly message: string;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Checks who asks (safety.md §13): a browser of this machine that was led here by a foreign page sends an Origin, or
 * (after DNS rebinding) a foreign Host; nobody else needs either. Then the token.
 */
export function turnAway(request: IncomingMessage, token: string): Turned | undefined {
  const { host, origin, authorization } = request.headers;
  if (!host || !LOOPBACK.has(host.replace(/:\d+$/, ''))) {
    return {
      status: 421,
      message: `Host "${host ?? ''}" is not this server: call it by its loopback address`,
    };
  }
  if (origin !== undefined) return { status: 403, message: 'requests of browsers are not taken' };
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) return { status: 401, message: 'a bearer token is required' };
  // Compared as digests: of equal length, and in constant time.
  if (!timingSafeEqual(sha256(given), sha256(token)))
    return { status: 401, message: 'the bearer token is wrong' };
  return undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
