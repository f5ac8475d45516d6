import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of its own that carries out one request at a time (`answerParent` is its other end). */
export interface Child<Request, Response> {
  readonly pid: number;
  ask(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** `module`: the URL of a `*.child.js` beside the caller. */
export function startChild<Request, Response>(module: URL): Child<Request, Response> {
  const child = fork(fileURLToPath(module), {
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  if (child.pid === undefined) throw new Error(`${module.pathname} could not be started`);
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const gone = exited.then(() => {
    throw new Error(`${module.pathname} ended`);
  });
  gone.catch(() => undefined);
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  return {
    pid: child.pid,
    ask: async request => {
      const reply = new Promise<Reply>(resolve =>
        child.once('message', message => resolve(message as Reply)),
      );
      child.send(request as object);
      const { result, error } = await Promise.race([reply, gone]);
      if (error !== undefined) throw new Error(`${module.pathname}: ${error}`);
      return result as Response;
    },
    stop: async () => {
      process.off('exit', end);
      child.disconnect();
      await exited;
    },
  };
}
