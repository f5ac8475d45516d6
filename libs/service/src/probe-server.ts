import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { addressOf, listen } from './listen.js';
import { answerProbe, isProbePath } from './probe-answer.js';
import type { ProbeAnswer } from './probe-answer.js';
import type { Probes } from './probes.js';

export interface ProbeServer {
  readonly address: string;
  close(): Promise<void>;
}

const notFound: ProbeAnswer = {
  status: 404,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ error: true, error_msg: 'here are /livez, /readyz and /metrics' }),
};

const send = (response: ServerResponse, { status, contentType, body }: ProbeAnswer): void => {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(body);
};

/** GET /livez, /readyz, /metrics. Port 0: any free one; `address` tells which. */
export async function startProbeServer(
  probes: Probes,
  at: { readonly host: string; readonly port: number },
): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const answer =
      request.method === 'GET' && isProbePath(path) ? answerProbe(probes, path) : Promise.resolve(notFound);
    answer.then(
      found => send(response, found),
      (error: unknown) =>
        send(response, {
          status: 500,
          contentType: 'text/plain; charset=utf-8',
          body: `probe failed: ${String(error)}`,
        }),
    );
  });
  await listen(server, at);
  return {
    address: addressOf(server),
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
