import type { Coordinator } from '@replicante/coordinator';
import { memoryCoordinator } from '@replicante/coordinator-memory';
import { createLogger, ServiceSession } from '@replicante/service';

const logger = createLogger({ service: 'worker', instance: 'w', logLevel: 'silent' });

/** The session of a worker; by default with a coordinator of its own. */
export const workerSession = ({
  coordinator = memoryCoordinator(),
  instance = 'w1',
  ttlMs = 2_000,
}: {
  readonly coordinator?: Coordinator;
  readonly instance?: string;
  readonly ttlMs?: number;
} = {}): ServiceSession => new ServiceSession({ coordinator, service: 'worker', instance, ttlMs, logger });
