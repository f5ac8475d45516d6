import { say } from './say.js';

/** SIGINT, SIGTERM or SIGHUP, whichever comes first; `asked` answers its name. */
export function stopSignal(): { readonly signal: AbortSignal; readonly asked: Promise<string> } {
  const stopping = new AbortController();
  const asked = new Promise<string>(resolve => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(name, () => {
        if (stopping.signal.aborted) say('already stopping: everything ends in order');
        stopping.abort();
        resolve(name);
      });
  });
  return { signal: stopping.signal, asked };
}
