import type { EventStore } from '@replicante/event-store';
import type { Checkpoint } from './checkpoint.js';
import { SubscriptionError } from './subscription-error.js';

const restored = (why: string) =>
  new SubscriptionError(
    'CONTROL_PLANE_RESTORED',
    `${why}: the event store was restored or replaced, and what was projected is ahead of it; rebuild the read models`,
  );

/**
 * Does this checkpoint belong to this store (safety.md §4)? Answers the store's identity.
 * The anchor is looked at as well: a restored store that grew past the checkpoint would pass by its head alone.
 */
export async function verifyStore(source: EventStore, checkpoint: Checkpoint | undefined): Promise<string> {
  const identity = await source.storeIdentity();
  if (!checkpoint) return identity;
  if (checkpoint.storeIdentity !== identity)
    throw restored(`the checkpoint is of store ${checkpoint.storeIdentity}, this one is ${identity}`);
  const head = await source.head();
  if (head === undefined || head < checkpoint.position)
    throw restored(`the checkpoint ${checkpoint.position} is beyond the head ${head ?? '(empty)'}`);
  if (!checkpoint.anchor) return identity;
  const { streamId, revision, eventId } = checkpoint.anchor;
  let found: string | undefined;
  for await (const event of source.readStream(streamId, { from: revision, limit: 1 })) found = event.id;
  if (found !== eventId)
    throw restored(`${streamId}@${revision} was ${eventId} and is ${found ?? 'nothing'} now`);
  return identity;
}
