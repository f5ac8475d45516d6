import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}
/** `hang`: never answered. `drop`: the connection ends instead. */
export type Reply = { readonly status: number; readonly body: unknown } | 'hang' | 'drop';

export interface HttpPeer {
  readonly address: string;
  readonly asked: Asked[];
  close(): Promise<void>;
}

/** Something on the other end that answers whatever the test wants. */
export async function httpPeer(reply: (asked: Asked) => Reply | Promise<Reply>): Promise<HttpPeer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
    asked.push(one);
    request.resume();
    const answer = async (): Promise<void> => {
      const what = await reply(one);
      if (what === 'hang') return;
      if (what === 'drop') return void request.socket.destroy();
      response.writeHead(what.status, { 'content-type': 'application/json' });
      response.end(typeof what.body === 'string' ? what.body : JSON.stringify(what.body));
    };
    answer().catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const NODE = {
  address: { client: 'c', member: 'm' },
  agent_version: { checkout: 'a', number: '1', taint: 'not tainted' },
  attributes: {},
  node_id: 'n1',
  node_status: 'HEALTHY',
  store_id: 's',
  store_version: { number: '18', checkout: null, extra: null },
};
const action = (id: string) => ({
  id,
  kind: 'k',
  args: null,
  created_time: '2026-01-01T00:00:00.000Z',
  scheduled_time: '2026-01-01T00:00:00.000Z',
  finished_time: null,
  metadata: {},
  state: { error: null, payload: null, phase: 'RUNNING' },
});

/** A well-behaved agent; `over` replaces single answers by path (below `/api/unstable/`). */
export const agentReply =
  (
    lists: { readonly queue: readonly string[]; readonly finished: readonly string[] },
    over: Record<string, Reply> = {},
  ) =>
  ({ path }: Asked): Reply => {
    const name = path.replace('/api/unstable/', '');
    const given = over[name];
    if (given !== undefined) return given;
    const list = (ids: readonly string[]) => ({
      actions: ids.map(id => ({ id, kind: 'k', phase: 'RUNNING' })),
    });
    if (name === 'info/node') return { status: 200, body: NODE };
    if (name === 'info/store') return { status: 200, body: { cluster_id: 'pg', attributes: {} } };
    if (name === 'info/shards') return { status: 200, body: { shards: [] } };
    if (name === 'actions/queue') return { status: 200, body: list(lists.queue) };
    if (name === 'actions/finished') return { status: 200, body: list(lists.finished) };
    const id = name.replace('action/', '');
    if ([...lists.queue, ...lists.finished].includes(id)) return { status: 200, body: action(id) };
    return { status: 404, body: '' };
  };
