import type { ErrorDocument } from './wire.js';

const MAX_CHAIN = 20;
const MAX_MESSAGE = 2000;

const shorten = (message: string): string =>
  message.replace(/[\0\uD800-\uDFFF]/gu, '\uFFFD').slice(0, MAX_MESSAGE);

/** §4.3 from a chain of messages, outermost first. */
export function errorDocument(chain: readonly [string, ...string[]]): ErrorDocument {
  const [outermost, ...causes] = chain.map(shorten);
  const message = outermost ?? '';
  const root = causes.at(-1) ?? message;
  return {
    error: true,
    error_msg: message,
    ...(root === message ? {} : { error_cause: root }),
    ...(chain.length > 2 ? { error_trail: [message, ...causes] } : {}),
  };
}

/** Not by `instanceof`: errors of another realm (a worker, Jest) are no `Error` of ours. */
const hasMessage = (value: unknown): value is { readonly message: unknown; readonly cause?: unknown } =>
  typeof value === 'object' && value !== null && 'message' in value;

/** The messages of an error and of its causes, outermost first. A cause that is not an error ends the chain. */
export function errorChain(error: unknown): readonly [string, ...string[]] {
  if (!hasMessage(error)) return [String(error)];
  const chain: [string, ...string[]] = [String(error.message)];
  let cause: unknown = error.cause;
  while (hasMessage(cause) && chain.length < MAX_CHAIN) {
    chain.push(String(cause.message));
    cause = cause.cause;
  }
  return chain;
}

/** The error document that a peer answered, known fields only; `undefined` when the body is none (§5.3). */
export function readErrorDocument(body: unknown): ErrorDocument | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  const document = body as Readonly<Record<string, unknown>>;
  const message = document['error_msg'];
  if (typeof message !== 'string') return undefined;
  const cause = document['error_cause'];
  const trail = document['error_trail'];
  return {
    error: true,
    error_msg: shorten(message),
    ...(typeof cause === 'string' ? { error_cause: shorten(cause) } : {}),
    ...(Array.isArray(trail)
      ? {
          error_trail: trail
            .slice(0, MAX_CHAIN)
            .map((item: unknown) => shorten(String(typeof item === 'string' ? item : ''))),
        }
      : {}),
  };
}
