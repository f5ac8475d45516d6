import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one request: `lose` its answer, after the server has done it; or `hold` it until it is let go. */
export type Fate = 'pass' | 'lose' | 'hold';

/** Between adapter and Consul: decides request by request, by its body. */
export async function startLossyProxy(target: string) {
  let decide: (body: string) => Fate = () => 'pass';
  const held: (() => Promise<number>)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const forward = async (): Promise<Response> =>
        fetch(`http://${target}${request.url}`, {
          method: request.method ?? 'GET',
          ...(body === '' ? {} : { body }),
        });
      const fate = decide(body);
      if (fate === 'hold') {
        held.push(async () => (await forward()).status);
        return;
      }
      forward()
        .then(async answer => {
          const text = await answer.text();
          if (fate === 'lose') return void response.destroy();
          response.writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? 'text/plain',
            'x-consul-index': answer.headers.get('x-consul-index') ?? '0',
          });
          response.end(text);
        })
        .catch(() => response.destroy()); // Consul is away: so is what stands before it
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    /** The next request that contains the text; the others pass. */
    next: (text: string, fate: Fate): void => {
      decide = body => {
        if (!body.includes(text)) return 'pass';
        decide = () => 'pass';
        return fate;
      };
    },
    heldCount: (): number => held.length,
    /** Sends what was held; answers Consul's statuses. */
    letGo: (): Promise<number[]> => Promise.all(held.splice(0).map(send => send())),
    close: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}
