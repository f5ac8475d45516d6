import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { HandError } from '../output/hand-error.js';
import { withoutPassword } from '../output/without-password.js';
import { errorOf, graphqlUrl } from './query-client.js';

/**
 * One subscription over one connection; ends when the server or `signal` ends it, refuses when the connection breaks.
 * Reconnecting is the caller's: only it knows where to resume.
 */
export async function subscribeOnce<T>(
  server: string,
  document: string,
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
  take: (data: T) => void,
): Promise<void> {
  const url = graphqlUrl(server);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const client = createClient({ url: url.href, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true });
  let stop = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const unsubscribe = client.subscribe<T>(
        { query: document, variables },
        {
          next: ({ data, errors }) => {
            if (errors !== undefined && errors.length > 0)
              reject(errorOf(errors.map(e => ({ message: e.message, extensions: e.extensions ?? {} }))));
            else if (data !== undefined && data !== null) take(data);
          },
          error: (error: unknown) => reject(brokenBy(error, url)),
          complete: resolve,
        },
      );
      stop = () => {
        unsubscribe();
        resolve();
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  } finally {
    signal.removeEventListener('abort', stop);
    await client.dispose();
  }
}

function brokenBy(error: unknown, url: URL): HandError {
  if (Array.isArray(error))
    return errorOf(
      error.map((e: unknown) => ({ message: e instanceof Error ? e.message : JSON.stringify(e) })),
    );
  const reason =
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
      ? `closed with ${error.code}`
      : error instanceof Error
        ? error.message
        : 'it broke';
  return new HandError(
    'SERVICE_UNAVAILABLE',
    `the live connection to ${withoutPassword(url.href)} is gone: ${reason}`,
  );
}
