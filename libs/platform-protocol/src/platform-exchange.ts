import type { Dispatcher } from 'undici';
import type { NoAnswerReason, NotSentReason } from './platform-answer.js';

/** One HTTP exchange, its body not understood yet. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly body: string;
    }
  | { readonly kind: 'unreachable'; readonly reason: NotSentReason; readonly message: string }
  | { readonly kind: 'outcomeUnknown'; readonly reason: NoAnswerReason; readonly message: string };

export interface ExchangeRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it, connecting included: a peer that answers byte by byte ends too. */
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked as the request is about to be written, after any wait for a connection (safety.md §2). */
  readonly maySend?: (() => boolean) | undefined;
}

const TLS_CODE = /CERT|TLS|SSL|EPROTO|SIGNATURE|ISSUER/;
const PROTOCOL_CODE = /^HPE_|OVERFLOW|PARSER|MISMATCH/;

/**
 * Uses undici's lowest interface, since only there it is known *whether the request was written*. Never rejects.
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<Exchange> {
  return new Promise(resolve => {
    let written: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status = 0;
    let headers: Readonly<Record<string, string | readonly string[] | undefined>> = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = (result: Exchange): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const giveUp = (reason: 'deadline' | 'aborted', message: string): void => {
      settle({ kind: written ? 'outcomeUnknown' : 'unreachable', reason, message });
      written?.abort(new Error(message));
    };
    const onAbort = (): void => giveUp('aborted', 'the caller gave up');
    const failed = (error: unknown): void => {
      const code = codeOf(error);
      const message = textOf(error, code);
      if (written) {
        settle({
          kind: 'outcomeUnknown',
          reason: PROTOCOL_CODE.test(code) ? 'protocol' : 'connection',
          message,
        });
      } else settle({ kind: 'unreachable', reason: TLS_CODE.test(code) ? 'tls' : 'connect', message });
    };

    const late = `no whole answer within ${request.deadlineMs} ms`;
    const timer = setTimeout(() => giveUp('deadline', late), request.deadlineMs);
    if (request.signal?.aborted) return onAbort();
    request.signal?.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        if (settled) return controller.abort(new Error('given up before it was sent'));
        if (request.maySend && !request.maySend()) {
          const message = 'no longer allowed when it was to be sent';
          settle({ kind: 'unreachable', reason: 'expired', message });
          return controller.abort(new Error(message));
        }
        written = controller;
      },
      onResponseStart(_controller, statusCode, responseHeaders) {
        status = statusCode;
        headers = responseHeaders;
      },
      onResponseData(controller, chunk) {
        size += chunk.length;
        if (size <= request.maxAnswerBytes) return void chunks.push(chunk);
        const message = `the answer is larger than ${request.maxAnswerBytes} bytes`;
        settle({ kind: 'outcomeUnknown', reason: 'size', message });
        controller.abort(new Error(message));
      },
      onResponseEnd() {
        settle({ kind: 'answered', status, headers, body: Buffer.concat(chunks).toString('utf8') });
      },
      onResponseError(_controller, error) {
        failed(error);
      },
    };
    try {
      const { origin, pathname, search } = request.url;
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          headersTimeout: 0, // the deadline above covers them
          bodyTimeout: 0,
        },
        handler,
      );
    } catch (error) {
      failed(error);
    }
  });
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Errors of sockets may carry no message at all, only a code. */
function textOf(error: unknown, code: string): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return (code && !message.includes(code) ? `${code}: ${message}` : message).slice(0, 500);
}
