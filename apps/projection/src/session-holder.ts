import type { Coordinator, Session } from '@replicante/coordinator';
import type { Logger } from '@replicante/service';
import { errorKeys } from '@replicante/service';

/** Who of the suite runs, in the coordinator's words. */
const MEMBERS = 'services';
const RETRY_MS = 500;

export interface SessionHolderOptions {
  readonly coordinator: Coordinator;
  readonly service: string;
  readonly instance: string;
  readonly ttlMs: number;
  readonly logger: Logger;
}

/** This process's session with the coordinator: opened when it is needed, opened again when it ended. */
export class SessionHolder {
  #opening: Promise<Session> | undefined;
  #closed = false;

  constructor(private readonly options: SessionHolderOptions) {}

  /** Waits until there is a session; rejects with the signal's reason when aborted. */
  async session(signal: AbortSignal): Promise<Session> {
    for (;;) {
      signal.throwIfAborted();
      try {
        this.#opening ??= this.#open();
        const session = await this.#opening;
        if (!session.ended.aborted) return session;
      } catch (error) {
        this.options.logger.warn(errorKeys(error), 'no session with the coordinator; trying again');
        await pause(RETRY_MS, signal);
      }
      this.#opening = undefined;
    }
  }

  /** Releases every lease at once. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.close();
  }

  async #open(): Promise<Session> {
    if (this.#closed) throw new Error('the service is stopping');
    const { coordinator, service, instance, ttlMs } = this.options;
    const session = await coordinator.openSession({ name: instance, ttlMs });
    await session.join(MEMBERS, { service, instance });
    return session;
  }
}

/** Resolves after `ms` or when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
