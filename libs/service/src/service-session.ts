import type { Coordinator, Session } from '@replicante/coordinator';
import type { Logger } from './logger.js';
import { errorKeys } from './logger.js';
import { pause } from './pause.js';
import type { ServiceName } from './service-name.js';

/** The group of the coordinator in which every service of the suite is a member; `replictl status` lists it. */
export const SERVICES_GROUP = 'services';

const RETRY_MS = 500;

export interface ServiceSessionOptions {
  readonly coordinator: Pick<Coordinator, 'openSession' | 'capabilities'>;
  readonly service: ServiceName;
  readonly instance: string;
  /** Raised to the adapter's shortest. */
  readonly ttlMs: number;
  readonly logger: Logger;
}

/**
 * The one session of a service with the coordinator: its membership, and what its leases hang on. Opened again whenever
 * it ended, so a service that lost it is back without a restart; who held a lease learns of the loss by the lease.
 */
export class ServiceSession {
  readonly #stop = new AbortController();
  #current: Promise<Session> | undefined;
  #keeping: Promise<void> | undefined;
  /** An outage is told once, not with every try. */
  #failing = false;

  constructor(private readonly options: ServiceSessionOptions) {}

  /** Keeps the service a member from now on. Waits for nothing: a coordinator that is away stops no boot. */
  start(): void {
    this.#keeping ??= this.#keep();
  }

  /** The living session, or one try to open it, shared by all who ask meanwhile: a second would hold unused leases. */
  async living(): Promise<Session> {
    for (;;) {
      const asked = this.#current ?? this.#open();
      const session = await asked;
      if (!session.ended.aborted) return session;
      this.#forget(asked);
    }
  }

  /** Waits until there is a living session; rejects with the signal's reason when aborted. */
  async whenLiving(signal: AbortSignal): Promise<Session> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await this.living();
      } catch (error) {
        this.#tell(error);
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** Ends membership and leases at once; no session is opened after it. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the service is stopping'));
    const current = this.#current;
    await this.#keeping;
    // One that could not be opened holds nothing.
    const session = await current?.catch(() => undefined);
    await session?.close();
  }

  async #keep(): Promise<void> {
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      try {
        await ending(await this.whenLiving(stop), stop);
      } catch (error) {
        // `whenLiving` waits out every other failure.
        if (!stop.aborted) throw error;
      }
    }
  }

  #open(): Promise<Session> {
    const opening = this.#openAndJoin();
    this.#current = opening;
    opening.catch(() => this.#forget(opening));
    return opening;
  }

  #forget(session: Promise<Session>): void {
    if (this.#current === session) this.#current = undefined;
  }

  async #openAndJoin(): Promise<Session> {
    this.#stop.signal.throwIfAborted();
    const { coordinator, service, instance, ttlMs, logger } = this.options;
    const longEnough = Math.max(ttlMs, coordinator.capabilities.minTtlMs);
    const session = await coordinator.openSession({ name: instance, ttlMs: longEnough });
    try {
      await session.join(SERVICES_GROUP, { service, instance });
    } catch (error) {
      // Nobody would know of it, and it would renew itself for ever.
      await session.close();
      throw error;
    }
    if (this.#failing) logger.info({ session: session.id }, 'a session with the coordinator again');
    this.#failing = false;
    return session;
  }

  #tell(error: unknown): void {
    if (this.#failing || this.#stop.signal.aborted) return;
    this.#failing = true;
    this.options.logger.warn(errorKeys(error), 'no session with the coordinator; trying again');
  }
}

/** Resolves when the session ended or the service stops. */
function ending({ ended }: Session, stop: AbortSignal): Promise<void> {
  const either = AbortSignal.any([ended, stop]);
  if (either.aborted) return Promise.resolve();
  return new Promise(resolve => either.addEventListener('abort', () => resolve()));
}
