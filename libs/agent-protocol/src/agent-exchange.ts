import type { Dispatcher } from 'undici';
import type { UnknownReason, UnreachableReason } from './agent-answer.js';

/** One HTTP exchange, before its body is understood. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
      readonly body: Buffer;
    }
  | { readonly kind: 'unreachable'; readonly reason: UnreachableReason; readonly message: string }
  | { readonly kind: 'outcomeUnknown'; readonly reason: UnknownReason; readonly message: string };

export interface ExchangeRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole exchange, waiting for a connection included: a peer that answers byte by byte ends too. */
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
  readonly signal?: AbortSignal;
  /** Asked at the moment of writing, after any wait for a connection. False: nothing is sent (safety.md §2). */
  readonly maySend?: () => boolean;
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const TLS_CODE = /CERT|TLS|SSL|EPROTO|SIGNATURE|ISSUER/;

const messageOf = (error: unknown): string => {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return (code && !message.includes(code) ? `${code}: ${message}` : message).slice(0, 500);
};

/**
 * Dispatches by undici's lowest interface, because only there is it known *whether the request was written*:
 * what was not written is unreachable, what was written and not answered whole has an unknown outcome.
 * Never rejects.
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<Exchange> {
  return new Promise(resolve => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status = 0;
    let headers: Readonly<Record<string, string | readonly string[] | undefined>> = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = (result: Exchange): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      request.signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const giveUp = (reason: 'deadline' | 'aborted' | 'size', message: string): void => {
      const sent = controller !== undefined;
      if (reason === 'size' || sent) settle({ kind: 'outcomeUnknown', reason, message });
      else settle({ kind: 'unreachable', reason, message });
      controller?.abort(new Error(message));
    };
    const onAbort = (): void => giveUp('aborted', 'the caller gave up');
    const deadline = setTimeout(
      () => giveUp('deadline', `no complete answer within ${request.deadlineMs} ms`),
      request.deadlineMs,
    );

    if (request.signal?.aborted) return onAbort();
    request.signal?.addEventListener('abort', onAbort, { once: true });

    const failed = (error: unknown): void => {
      const message = messageOf(error);
      const code = codeOf(error);
      if (controller) {
        const reason =
          code.startsWith('HPE_') || /OVERFLOW|PARSER|MISMATCH/.test(code) ? 'protocol' : 'connection';
        return settle({ kind: 'outcomeUnknown', reason, message });
      }
      settle({ kind: 'unreachable', reason: TLS_CODE.test(code) ? 'tls' : 'connect', message });
    };

    try {
      dispatcher.dispatch(
        {
          origin: request.origin,
          path: request.path,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        {
          // Called just before the request is written; aborting here leaves the socket untouched.
          onRequestStart(started) {
            if (settled) return started.abort(new Error('given up before it was sent'));
            if (request.maySend && !request.maySend()) {
              const message = 'no longer allowed when it was to be sent';
              settle({ kind: 'unreachable', reason: 'expired', message });
              return started.abort(new Error(message));
            }
            controller = started;
          },
          onResponseStart(_controller, statusCode, responseHeaders) {
            status = statusCode;
            headers = responseHeaders;
          },
          onResponseData(_controller, chunk) {
            size += chunk.length;
            if (size > request.maxAnswerBytes)
              return giveUp('size', `the answer is larger than ${request.maxAnswerBytes} bytes`);
            chunks.push(chunk);
          },
          onResponseEnd() {
            settle({ kind: 'answered', status, headers, body: Buffer.concat(chunks) });
          },
          onResponseError(_controller, error) {
            failed(error);
          },
        },
      );
    } catch (error) {
      failed(error);
    }
  });
}
