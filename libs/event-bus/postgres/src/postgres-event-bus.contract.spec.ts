import { eventBusContract } from '@replicante/event-bus-contract';
import { TcpLink } from '@replicante/event-store-contract';
import { startTestPostgres } from '@replicante/testing';
import { openPostgresEventBus } from './index.js';

/** Short, for laws about a frozen server wait it out; not so short that a busy machine does. */
const STATEMENT_TIMEOUT_MS = 3_000;
const open = (connectionString: string) =>
  openPostgresEventBus({
    connectionString,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    heartbeatMs: 300,
    memberTtlMs: 1_500,
  });

eventBusContract('postgres', async () => {
  // Durable: what the server acknowledged must survive its SIGKILL.
  const server = await startTestPostgres({ durable: true });
  const links: TcpLink[] = [];
  return {
    openBus: () => open(server.url),
    deadlineMs: STATEMENT_TIMEOUT_MS + 2_500,
    close: async () => {
      await Promise.all(links.map(link => link.close()));
      await server.stop();
    },
    server: {
      kill: () => server.kill(),
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      restart: () => server.restart(),
      openBehindLink: async () => {
        const link = await TcpLink.to({ host: '127.0.0.1', port: server.port });
        links.push(link);
        const url = new URL(server.url);
        url.port = String(link.port);
        const silence = () => {
          link.holdRequests();
          link.holdAnswers();
        };
        return { bus: await open(url.toString()), silence, restore: () => link.release() };
      },
    },
  };
});
