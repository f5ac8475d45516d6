import { parsedJson } from '@replicante/kernel';
import type { PlatformErrorDocument } from './wire.js';

const MAX_MESSAGE = 2_000;
const MAX_TRAIL = 20;

/** §4.3 from messages, outermost first. */
export function platformError(message: string, ...causes: readonly string[]): PlatformErrorDocument {
  const root = causes.at(-1) ?? message;
  return {
    error: true,
    error_msg: clean(message),
    ...(root === message ? {} : { error_cause: clean(root) }),
    ...(causes.length > 1 ? { error_trail: [message, ...causes].slice(0, MAX_TRAIL).map(clean) } : {}),
  };
}

/** The error document of a body, known fields only; a body that is none is quoted, so that people see it. */
export function readPlatformError(body: string, status: number): PlatformErrorDocument {
  const document = parsedJson(body);
  if (typeof document !== 'object' || document === null || !('error_msg' in document)) {
    return platformError(body.trim() === '' ? `status ${status}` : body.slice(0, 300));
  }
  const { error_msg, error_cause, error_trail } = document as Partial<
    Record<keyof PlatformErrorDocument, unknown>
  >;
  return {
    error: true,
    error_msg: typeof error_msg === 'string' ? clean(error_msg) : `status ${status}`,
    ...(typeof error_cause === 'string' ? { error_cause: clean(error_cause) } : {}),
    ...(Array.isArray(error_trail)
      ? {
          error_trail: error_trail
            .slice(0, MAX_TRAIL)
            .flatMap((m: unknown) => (typeof m === 'string' ? clean(m) : [])),
        }
      : {}),
  };
}

const clean = (message: string): string =>
  message.replace(/[\0\uD800-\uDFFF]/gu, '\uFFFD').slice(0, MAX_MESSAGE);
