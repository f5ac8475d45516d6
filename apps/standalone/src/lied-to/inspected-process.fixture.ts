import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestProcess, startProcess } from '@replicante/testing';
import { WebSocket } from 'ws';

const DIST = resolve(import.meta.dirname, '../../../../dist/apps');
export const mainOf = (app: string): string => join(DIST, app, 'src/main.js');

/** What a process holds after a full collection: the part of it that could grow with what it was asked. */
export interface Holding {
  readonly heapBytes: number;
  readonly openFiles: number;
  readonly rssBytes: number;
}

/** A built process with Node's inspector open, so that memory is measured after a collection and not before one. */
export interface InspectedProcess {
  readonly name: string;
  readonly process: TestProcess;
  holding(): Promise<Holding>;
}

export async function startInspected(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<InspectedProcess> {
  const running = await startProcess({
    command: process.execPath,
    args: ['--inspect=127.0.0.1:0', mainOf(name), ...args],
    env,
    ready: /"event":"ready"|"listening"|agent listens/,
  });
  const url = /Debugger listening on (ws:\/\/\S+)/.exec(running.output())?.[1];
  if (url === undefined) throw new Error(`${name} has no inspector`);
  return { name, process: running, holding: () => holdingOf(running.pid, url) };
}

async function holdingOf(pid: number, inspector: string): Promise<Holding> {
  const socket = new WebSocket(inspector);
  await new Promise<void>((opened, failed) => socket.once('open', opened).once('error', failed));
  try {
    let usedSize = 0;
    // Finalizers run after the first, and free what the second finds.
    for (const method of [
      'HeapProfiler.collectGarbage',
      'HeapProfiler.collectGarbage',
      'Runtime.getHeapUsage',
    ])
      usedSize = (await ask(socket, method)).usedSize ?? 0;
    return {
      heapBytes: usedSize,
      // Without the inspector's own connection.
      openFiles: readdirSync(`/proc/${pid}/fd`).length - 1,
      rssBytes: 1_024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
    };
  } finally {
    socket.terminate();
  }
}

let lastId = 0;
function ask(socket: WebSocket, method: string): Promise<{ readonly usedSize?: number }> {
  const id = ++lastId;
  return new Promise((answered, failed) => {
    const read = (data: Buffer): void => {
      const message = JSON.parse(data.toString('utf8')) as {
        readonly id?: number;
        readonly result?: { readonly usedSize?: number };
      };
      if (message.id !== id) return;
      socket.off('message', read);
      answered(message.result ?? {});
    };
    socket.on('message', read).once('error', failed);
    socket.send(JSON.stringify({ id, method }));
  });
}
