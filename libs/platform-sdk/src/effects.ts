import { createHash } from 'node:crypto';
import { canonicalJson } from '@replicante/kernel';
import { type PlatformFence, compareFences, formatFence, platformError } from '@replicante/platform-protocol';
import { messageOf } from '@replicante/processes';
import type { AttemptJournal, RecordedResult } from './attempt-journal.js';
import { KeyedTurns } from './keyed-turns.js';
import { type Attempt, PlatformRefusal } from './platform-implementation.js';

export interface EffectIds {
  readonly attemptId: string | null;
  readonly idempotencyKey: string | null;
  readonly fence: PlatformFence | null;
}

export interface EffectOutcome extends RecordedResult {
  readonly outcome: 'done' | 'repeated' | 'refused' | 'failed';
  readonly fenced?: boolean;
}

export interface Effect extends EffectIds {
  readonly endpoint: string;
  readonly clusterId: string;
  readonly request: unknown;
  readonly carryOut: (attempt: Attempt) => Promise<RecordedResult>;
}

/** Carries out effects as safety.md §2 demands: fence, then known attempt, then intent, then the effect, then its result. */
export class Effects {
  readonly #turns = new KeyedTurns();

  /** Without a journal the headers are ignored, as by platforms of others. */
  constructor(private readonly journal: AttemptJournal | undefined) {}

  run(effect: Effect): Promise<EffectOutcome> {
    return this.#turns.run(effect.clusterId, () => this.#run(effect));
  }

  async #run(effect: Effect): Promise<EffectOutcome> {
    const { journal } = this;
    if (!journal)
      return attemptOnce(effect, { attemptId: null, idempotencyKey: null, fence: null, interrupted: false });
    const { clusterId, fence } = effect;
    const highest = journal.highestFence(clusterId);
    if (fence && highest && compareFences(fence, highest) < 0) {
      const message = `the lease ${formatFence(fence)} is older than ${formatFence(highest)}, which cluster "${clusterId}" has seen`;
      return { status: 409, body: platformError(message), outcome: 'refused', fenced: true };
    }
    const digest = createHash('sha256')
      .update(`${effect.endpoint}\n${canonicalJson(effect.request)}`)
      .digest('hex');
    const known = journal.find(effect);
    if (known && known.digest !== digest) {
      return {
        status: 422,
        body: platformError('this attempt id or idempotency key was used before with another request'),
        outcome: 'refused',
      };
    }
    if (fence) await journal.raiseFence(clusterId, fence);
    if (known?.result) return { ...known.result, outcome: 'repeated' };
    await journal.begin(effect, digest);
    const { attemptId, idempotencyKey } = effect;
    const done = await attemptOnce(effect, {
      attemptId,
      idempotencyKey,
      fence,
      interrupted: known !== undefined,
    });
    // A failure stays "begun": its effect may be half done, and a repeat has to complete it.
    if (done.outcome !== 'failed')
      await journal.end(effect, digest, { status: done.status, body: done.body });
    return done;
  }
}

async function attemptOnce(effect: Effect, attempt: Attempt): Promise<EffectOutcome> {
  try {
    return { ...(await effect.carryOut(attempt)), outcome: 'done' };
  } catch (error) {
    if (error instanceof PlatformRefusal) {
      return {
        status: error.status,
        body: { ...platformError(error.message), ...error.fields },
        outcome: 'refused',
      };
    }
    return { status: 500, body: platformError(messageOf(error)), outcome: 'failed' };
  }
}
