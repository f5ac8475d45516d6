import { CoordinatorError, SessionKeeper, systemSessionTime } from '@replicante/coordinator';
import type { Coordinator, Session, SessionBackend, SessionTime } from '@replicante/coordinator';
import { randomUUID } from 'node:crypto';
import { MemoryCoordinatorData } from './memory-coordinator-data.js';

const MIN_TTL_MS = 100;
const CALL_TIMEOUT_MS = 500;
const POLL_MS = 50;

export interface MemoryCoordinatorOptions {
  /** Shared by several clients; each call without it makes a world of its own. */
  readonly data?: MemoryCoordinatorData;
  /** This client's time: a test can suspend one client and let the others go on. */
  readonly time?: SessionTime;
  readonly onError?: (error: unknown) => void;
}

/** Nothing outlives the process: `durable: false`. Same laws, and the same holder's clock, as the durable adapters. */
export function memoryCoordinator(options: MemoryCoordinatorOptions = {}): Coordinator {
  const data = options.data ?? new MemoryCoordinatorData(systemSessionTime);
  const time = options.time ?? systemSessionTime;
  const onError = options.onError ?? ((): void => undefined);
  const sessions = new Set<Session>();

  const call = async <T>(work: () => T, timeoutMs = CALL_TIMEOUT_MS): Promise<T> => {
    await data.reach(timeoutMs);
    return work();
  };

  return {
    capabilities: { durable: false, minTtlMs: MIN_TTL_MS, expiryBoundMs: ttlMs => ttlMs + 4 * POLL_MS },

    async openSession({ name, ttlMs }) {
      if (ttlMs < MIN_TTL_MS)
        throw new CoordinatorError(
          'TTL_TOO_SHORT',
          `a session lives at least ${MIN_TTL_MS} ms, not ${ttlMs}`,
        );
      const id = randomUUID();
      const openedAtMs = time.monotonicMs();
      await call(() => {
        data.open(id, name, ttlMs);
      });
      const backend: SessionBackend = {
        renew: timeoutMs => call(() => data.renew(id), timeoutMs),
        acquire: key => call(() => data.acquire(id, key)),
        release: grant =>
          call(() => {
            data.release(id, grant);
          }),
        join: (group, attributes) =>
          call(() => {
            data.join(id, group, attributes);
          }),
        end: () =>
          call(() => {
            data.end(id);
          }),
        onFreed: (key, wake) => data.onFreed(key, wake),
      };
      const session = new SessionKeeper({
        id,
        ttlMs,
        marginMs: ttlMs / 10,
        openedAtMs,
        backend,
        time,
        pollMs: POLL_MS,
        onError,
      });
      sessions.add(session);
      session.ended.addEventListener('abort', () => sessions.delete(session));
      return session;
    },

    members: group => call(() => data.members(group)),
    leases: () => call(() => data.leases()),
    epoch: () => call(() => data.epoch()),
    newEpoch: above => call(() => data.newEpoch(above)),
    async close() {
      await Promise.all([...sessions].map(session => session.close()));
    },
  };
}
