import type { EventBus } from '@replicante/event-bus';
import { eventBusContract } from '@replicante/event-bus-contract';
import { TcpLink } from '@replicante/event-store-contract';
import { describeWith, startTestServer } from '@replicante/testing';
import { openKafkaEventBus, type KafkaEventBusOptions } from './index.js';

const PUBLISH_TIMEOUT_MS = 2_000;
const open = (address: string, more: Partial<KafkaEventBusOptions> = {}) =>
  openKafkaEventBus({
    brokers: [address],
    publishTimeoutMs: PUBLISH_TIMEOUT_MS,
    // The least that brokers allow.
    sessionTimeoutMs: 6_000,
    heartbeatMs: 500,
    ...more,
  });

await describeWith('kafka', 'with a real broker', () => {
  eventBusContract('kafka', async () => {
    const server = await startTestServer('kafka');
    const links: TcpLink[] = [];
    // A case that fails midway leaves its bus open: it would look for the broker for ever.
    const silenced: EventBus[] = [];
    return {
      openBus: () => open(server.address),
      deadlineMs: 2 * PUBLISH_TIMEOUT_MS + 1_000,
      close: async () => {
        for (const link of links) link.release();
        await Promise.all(silenced.map(bus => bus.close()));
        await Promise.all(links.map(link => link.close()));
        await server.stop();
      },
      server: {
        kill: () => server.kill(),
        freeze: () => server.freeze(),
        thaw: () => server.thaw(),
        restart: () => server.restart(),
        openBehindLink: async () => {
          const [host = '', port = ''] = server.address.split(':');
          const link = await TcpLink.to({ host, port: Number(port) });
          links.push(link);
          const silence = () => {
            link.holdRequests();
            link.holdAnswers();
          };
          // The broker tells its own address to whoever asks: every connection is led through the link.
          const route = () => ({ host: '127.0.0.1', port: link.port });
          const bus = await open(server.address, { route });
          silenced.push(bus);
          return { bus, silence, restore: () => link.release() };
        },
      },
    };
  });
});
