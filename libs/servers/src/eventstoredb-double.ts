import { connect } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StartedServer, startServer } from './server-process.js';

/** Built by `npm run build`; a process of its own, as the real one would be. */
const MAIN = fileURLToPath(new URL('../../testing/src/eventstoredb-double/main.js', import.meta.url));

export interface EventStoreDbDoubleOptions {
  /** Made if missing; holds data and log. */
  readonly directory: string;
  readonly port: number;
}

/** The double of EventStoreDB on the loopback. A fake: fit for trying, not for keeping or measuring. */
export async function startEventStoreDbDouble({
  directory,
  port,
}: EventStoreDbDoubleOptions): Promise<StartedServer> {
  await mkdir(directory, { recursive: true });
  return startServer({
    name: 'the EventStoreDB double',
    command: process.execPath,
    args: [MAIN, '--port', String(port), '--directory', directory],
    logFile: join(directory, 'double.log'),
    address: `127.0.0.1:${port}`,
    ready: () => accepts(port),
    readyWithinMs: 30_000,
  });
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', reject);
  });
