import type { Tools } from '@replicante/command-handling';
import { systemClock } from '@replicante/service';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { v5 } from 'uuid';

/** Ids, digest and time for the engine. Prefixes keep the names of the two kinds apart. */
export const tools: Tools = {
  clock: systemClock,
  eventId: (streamId, commandId, index) => v5(`event:${streamId}:${index}`, commandId),
  deriveId: (commandId, name) => v5(`name:${name}`, commandId),
  digest: text => createHash('sha256').update(text).digest('hex'),
  wait: ms => delay(ms),
};
