import type { Tools } from '@replicante/command-handling';
import { systemClock } from '@replicante/service';
import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { namedId } from './named-id.js';

/** Ids, digest and time for the engine. Prefixes keep the names of the two kinds apart. */
export const tools: Tools = {
  clock: systemClock,
  eventId: (streamId, commandId, index) => namedId(`event:${streamId}:${index}`, commandId),
  deriveId: (commandId, name) => namedId(`name:${name}`, commandId),
  digest: text => hash('sha256', text),
  wait: ms => delay(ms),
};
