import type { FastifyInstance } from 'fastify';

/**
 * Closes the connection of a request to upgrade that was answered instead. HTTP has let go of such a socket, and nobody
 * else takes it: it would stay open for as long as the process lives, whatever the caller does. Only GraphQL's WebSocket
 * upgrades, and what is upgraded has no response. Before any route: hooks hold for what is added after them.
 */
export function closeRefusedUpgrades(server: FastifyInstance): void {
  server.addHook('onResponse', async ({ headers, raw }) => {
    if (headers.upgrade !== undefined) raw.socket.destroySoon();
  });
}
