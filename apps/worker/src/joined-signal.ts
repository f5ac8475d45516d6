import { setMaxListeners } from 'node:events';

/** A signal that aborts with the first of several, until it is released. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Has to be called: from then on the others hold nothing of it. */
  readonly release: () => void;
}

/**
 * `AbortSignal.any` would do, but each of its signals leaves an entry at its sources for as long as *they* live (Node 20,
 * tried: some 50 bytes per cycle), and a lease lives for as long as its worker.
 */
export function joinSignals(...sources: readonly AbortSignal[]): JoinedSignal {
  const joined = new AbortController();
  // Every request of a cycle listens to it: their number is bounded by the lanes, not by Node's warning at 10.
  // So are the cycles under one lease.
  setMaxListeners(0, joined.signal, ...sources);
  const hooks = sources.map(source => ({ source, abort: () => joined.abort(source.reason) }));
  const release = (): void => {
    for (const { source, abort } of hooks) source.removeEventListener('abort', abort);
  };
  for (const { source, abort } of hooks) {
    if (source.aborted) abort();
    else source.addEventListener('abort', abort, { once: true });
  }
  return { signal: joined.signal, release };
}
