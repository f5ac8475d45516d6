import { afterEach } from '@jest/globals';
import type { Io } from './output/io.js';
import { runReplictl } from './program.js';
import { readModel } from './render/example-views.fixture.js';
import type { Answers, TestServers } from './test-server.fixture.js';
import { startTestServers } from './test-server.fixture.js';

export const applied = {
  position: '42',
  revision: 3,
  changed: true,
  ref: 'ClusterSpec/default/pg',
  action_id: '',
  repeated: false,
};
export const page = (nodes: readonly unknown[]) => ({
  nodes,
  edges: [],
  pageInfo: { hasNextPage: false, endCursor: null },
});

let servers: TestServers | undefined;
afterEach(async () => {
  await servers?.close();
  servers = undefined;
});

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}
export function start(
  args: readonly string[],
  stdin = '',
): { done: Promise<Ran>; out: () => string; err: () => string; stop: () => void } {
  const stop = new AbortController();
  let [out, err] = ['', ''];
  const io: Io = {
    environment: servers?.environment ?? {
      REPLICTL_SERVER: 'http://127.0.0.1:1',
      REPLICTL_GRPC: '127.0.0.1:1',
    },
    out: text => void (out += text),
    err: text => void (err += text),
    readStdin: async () => Buffer.from(stdin),
    terminal: false,
    signal: stop.signal,
  };
  const done = runReplictl(args, io).then(exit => ({ exit, out, err }));
  return { done, out: () => out, err: () => err, stop: () => stop.abort() };
}
export const run = (args: readonly string[], stdin?: string): Promise<Ran> => start(args, stdin).done;
export async function serve(
  root: Readonly<Record<string, unknown>>,
  answers: Answers = () => applied,
): Promise<TestServers> {
  servers = await startTestServers(
    { status: { readModel: { ...readModel, name: 'r', deadLetters: 0 } }, ...root },
    answers,
  );
  return servers;
}
