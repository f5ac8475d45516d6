import type { Position, StoredEvent } from '@replicante/event-store';
import type { Checkpoint } from './checkpoint.js';
import { foldChanges, type Projected, type ProjectedBatch } from './slices.js';
import { errorCode, errorMessage, SubscriptionError } from './subscription-error.js';
import type { Poison, SubscriptionSink } from './subscription-sink.port.js';

export interface ApplyOptions<C> {
  readonly foldKey: (change: C) => string | undefined;
  readonly sink: SubscriptionSink<C>;
  readonly storeIdentity: string;
  /** Rebuilding: a poison event stops everything (a skipped one would be missing for ever, unseen). */
  readonly stopAtPoison: boolean;
  readonly onPoison: (poison: Poison) => void;
}

/**
 * Brings one projected batch to the sink and answers the new checkpoint. `to` lies at or beyond the last event.
 * A batch that is refused is halved until the event is found that the sink cannot take.
 */
export async function applyBatch<C>(
  batch: ProjectedBatch<C>,
  from: Checkpoint | undefined,
  to: Position,
  options: ApplyOptions<C>,
): Promise<Checkpoint> {
  const poisons = new Map<StoredEvent, Poison>();
  const meet = (poison: Poison) => {
    if (options.stopAtPoison) throw stopped(poison);
    poisons.set(poison.event, poison);
    options.onPoison(poison);
  };
  for (const poison of batch.poisons) meet(poison);
  return await writeOrBisect(batch.events, from, to, poisons, meet, options);
}

async function writeOrBisect<C>(
  projected: readonly Projected<C>[],
  from: Checkpoint | undefined,
  to: Position,
  poisons: ReadonlyMap<StoredEvent, Poison>,
  meet: (poison: Poison) => void,
  options: ApplyOptions<C>,
): Promise<Checkpoint> {
  const target = checkpointAt(to, projected.at(-1)?.event, from, options.storeIdentity);
  const write = (changes: readonly C[], deadLetters: readonly Poison[]) =>
    options.sink.write({ changes, from: from?.position, to: target, deadLetters });
  const changes = foldChanges(
    projected.flatMap(p => p.changes),
    options.foldKey,
  );
  const deadLetters = projected.flatMap(p => poisons.get(p.event) ?? []);
  try {
    await write(changes, deadLetters);
    return target;
  } catch (error) {
    if (errorCode(error) !== 'CHANGES_REFUSED' || projected.length === 0) throw error;
    const [only] = projected;
    if (projected.length === 1 && only) {
      const poison = { event: only.event, error };
      meet(poison);
      await write([], [poison]);
      return target;
    }
    const middle = Math.ceil(projected.length / 2);
    const left = projected.slice(0, middle);
    const boundary = left.at(-1)?.event.position ?? to;
    const reached = await writeOrBisect(left, from, boundary, poisons, meet, options);
    return await writeOrBisect(projected.slice(middle), reached, to, poisons, meet, options);
  }
}

function checkpointAt(
  position: Position,
  last: StoredEvent | undefined,
  before: Checkpoint | undefined,
  storeIdentity: string,
): Checkpoint {
  const anchor = last
    ? { streamId: last.streamId, revision: last.revision, eventId: last.id }
    : before?.anchor;
  return { position, storeIdentity, ...(anchor && { anchor }) };
}

const stopped = ({ event, error }: Poison) =>
  new SubscriptionError(
    'POISON_WHILE_REBUILDING',
    `${event.type} ${event.id} (${event.streamId}@${event.revision}) cannot be projected: ${errorMessage(error)}`,
    { cause: error },
  );
