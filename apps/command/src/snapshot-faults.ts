import type { HandlingObserver } from '@replicante/command-handling';
import type { Logger } from '@replicante/service';

/** What went wrong with snapshots, in the log: commands go on without them, only slower. */
export const snapshotFaults = (logger: Pick<Logger, 'warn'>): HandlingObserver => ({
  snapshot: (outcome, fault) => {
    if (fault === undefined) return;
    const { streamId, because } = fault;
    logger.warn({ stream_id: streamId, outcome, error_msg: because }, 'commands go on without a snapshot');
  },
});
