import type { EventStore } from '@replicante/event-store';
import type { ReadModels, SubscriptionRow } from '@replicante/read-models';
import { SubscriptionError, verifyStore } from '@replicante/subscriptions';
import type { Checkpoint } from '@replicante/subscriptions';

export interface ControlPlaneRestoredOptions {
  readonly models: Pick<ReadModels, 'subscription' | 'subscriptions'>;
  readonly store: EventStore;
  /** Called when it changes: the sentence of what is wrong, or `null`. */
  readonly onChange: (why: string | null) => void;
}

const REFUSED = 'CONTROL_PLANE_RESTORED';

/**
 * After a restore from backup reality is ahead of memory, and whoever acts does again what was done already: nothing is
 * scheduled while the read models know more than the event store, or belong to another one (safety.md §4). Asked of the
 * store itself, not only of the subscription's last word, which is older than the restore until projection runs again.
 */
export class ControlPlaneRestored {
  #why: string | null = null;

  constructor(private readonly options: ControlPlaneRestoredOptions) {}

  /** Rejects with what the read models or the store rejected with; then nothing is known. */
  async look(): Promise<boolean> {
    const why = await this.#look();
    if (why !== this.#why) this.options.onChange(why);
    this.#why = why;
    return why !== null;
  }

  /** For readiness: throws the sentence. */
  check(): void {
    if (this.#why !== null) throw new Error(`nothing is scheduled: ${this.#why}`);
  }

  async #look(): Promise<string | null> {
    const { models, store } = this.options;
    const name = await models.subscription();
    const row = (await models.subscriptions()).find(subscription => subscription.name === name);
    if (row?.phase === REFUSED) return row.message ?? `${name} is ${REFUSED}`;
    try {
      await verifyStore(store, row && checkpointOf(row));
      return null;
    } catch (error) {
      if (error instanceof SubscriptionError && error.code === REFUSED) return error.message;
      throw error;
    }
  }
}

function checkpointOf(row: SubscriptionRow): Checkpoint | undefined {
  const { position, store_identity, anchor_stream, anchor_revision, anchor_event } = row;
  if (position === null || store_identity === null) return undefined;
  if (anchor_stream === null || anchor_revision === null || anchor_event === null)
    return { position, storeIdentity: store_identity };
  const anchor = { streamId: anchor_stream, revision: anchor_revision, eventId: anchor_event };
  return { position, storeIdentity: store_identity, anchor };
}
