import { Listener } from '@replicante/postgres-client';

const CHANNEL = 'replicante_coordinator_freed';
const IDLE_MS = 10_000;

export const notifyFreed = (key: string): string => `pg_notify('${CHANNEL}', left(${key}, 1000))`;

/**
 * Wakes those who wait for a key. Only faster than polling: a lost notification costs one poll interval.
 * Connected while somebody waits; not at all otherwise.
 */
export class FreedListener {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #listener: Listener;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(connectionString: string, onError: (error: unknown) => void) {
    this.#listener = new Listener({
      connectionString,
      applicationName: 'replicante-coordinator-listener',
      channel: CHANNEL,
      onNotification: key => {
        for (const wake of [...(this.#waiting.get(key) ?? [])]) wake();
      },
      onError,
    });
  }

  on(key: string, wake: () => void): () => void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(wake));
    clearTimeout(this.#idle);
    if (!this.#closed) void this.#listener.open();
    return () => {
      waiting.delete(wake);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
      if (this.#waiting.size === 0) this.#disconnectWhenIdle();
    };
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.#listener.close();
  }

  /** A waiter that polls comes and goes: keep the connection over short gaps. */
  #disconnectWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#listener.close(), IDLE_MS);
    this.#idle.unref();
  }
}
