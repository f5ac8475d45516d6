import { CoordinatorError, SessionKeeper, systemSessionTime } from '@replicante/coordinator';
import type { Coordinator, LeaseView, Member, Session } from '@replicante/coordinator';
import { CallPool, migrateSchema } from '@replicante/postgres-client';
import { randomUUID } from 'node:crypto';
import { asCoordinatorError } from './coordinator-failure.js';
import { FreedListener } from './freed-listener.js';
import { PostgresSessionBackend, openSessionRow } from './postgres-session-backend.js';
import { STEPS } from './schema.js';

const MIN_TTL_MS = 1_000;
const MAX_TTL_MS = 24 * 60 * 60 * 1_000;
const POLL_MS = 250;

export interface PostgresCoordinatorOptions {
  readonly connectionString: string;
  /** Deadline of every call but renewals, which have the session's. Default 2 s. */
  readonly callTimeoutMs?: number;
  /** Hears what the adapter gets over by itself: a renewal that will be tried again, a broken idle connection. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Leases as rows, decided by the database's clock (performance-reliability.md C2): no session-level advisory lock, so a
 * pooler in between does no harm; no transaction stays open, so a frozen client holds no row lock.
 */
export async function openPostgresCoordinator(options: PostgresCoordinatorOptions): Promise<Coordinator> {
  const { connectionString, callTimeoutMs: timeoutMs = 2_000 } = options;
  const onError = options.onError ?? ((): void => undefined);
  await migrateSchema({
    connectionString,
    applicationName: 'replicante-coordinator',
    schema: 'coordinator',
    ledger: 'schema_step',
    steps: STEPS,
  }).catch((error: unknown) => {
    throw asCoordinatorError(error);
  });
  const lane = (applicationName: string, connections: number): CallPool =>
    new CallPool({
      connectionString,
      applicationName,
      connections,
      timeoutMs,
      asError: asCoordinatorError,
      onError,
    });
  const calls = lane('replicante-coordinator', 2);
  const renewals = lane('replicante-coordinator-renewals', 1);
  const listener = new FreedListener(connectionString, onError);
  const sessions = new Set<Session>();

  return {
    capabilities: {
      durable: true,
      minTtlMs: MIN_TTL_MS,
      // The row is free at its TTL; a waiter sees it one poll later.
      expiryBoundMs: ttlMs => ttlMs + 2 * POLL_MS,
    },

    async openSession({ name, ttlMs }) {
      if (ttlMs < MIN_TTL_MS || ttlMs > MAX_TTL_MS)
        throw new CoordinatorError(
          'TTL_TOO_SHORT',
          `a session lives ${MIN_TTL_MS} to ${MAX_TTL_MS} ms, not ${ttlMs}`,
        );
      const id = randomUUID();
      const openedAtMs = systemSessionTime.monotonicMs();
      await openSessionRow({ calls, renewals, listener }, id, name, Math.round(ttlMs));
      const session = new SessionKeeper({
        id,
        ttlMs,
        marginMs: ttlMs / 10,
        openedAtMs,
        backend: new PostgresSessionBackend(id, { calls, renewals, listener }),
        time: systemSessionTime,
        pollMs: POLL_MS,
        onError,
      });
      sessions.add(session);
      session.ended.addEventListener('abort', () => sessions.delete(session));
      return session;
    },

    async members(group) {
      return await calls.query<{ sessionId: string } & Member>(
        `select s.id as "sessionId", s.name, m.attributes
         from coordinator.member m join coordinator.session s on s.id = m.session_id
         where m.group_name = $1 and s.expires_at > clock_timestamp() order by s.opened_at, s.id`,
        [group],
      );
    },

    async leases() {
      const rows = await calls.query<Omit<LeaseView, 'epoch' | 'token'> & { epoch: string; token: string }>(
        `select l.key, l.holder, s.name as "holderName", l.epoch, l.token
         from coordinator.lease l join coordinator.session s on s.id = l.holder
         where s.expires_at > clock_timestamp() order by l.key`,
      );
      return rows.map(row => ({ ...row, epoch: Number(row.epoch), token: Number(row.token) }));
    },

    async epoch() {
      const [row] = await calls.query<{ epoch: string }>('select epoch from coordinator.fence');
      return Number(row?.epoch);
    },

    async newEpoch(above) {
      const [row] = await calls.query<{ epoch: string }>(
        'update coordinator.fence set epoch = greatest(epoch, $1::bigint) + 1 returning epoch',
        [above],
      );
      return Number(row?.epoch);
    },

    async close() {
      await Promise.all([...sessions].map(session => session.close()));
      listener.close();
      await Promise.all([calls.close(), renewals.close()]);
    },
  };
}
