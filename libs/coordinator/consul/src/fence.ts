import { CoordinatorError } from '@replicante/coordinator';
import { randomUUID } from 'node:crypto';
import type { ConsulCalls, KvRow } from './consul-calls.js';
import type { ForeignWrites } from './foreign-writes.js';
import type { KeyLayout } from './key-layout.js';
import type { FenceValue } from './values.js';
import { fenceValue, leaseValue } from './values.js';

const TRIES = 5;

/** The fence as it was read. `index`: what a grant checks, so that no lease is granted under an epoch that is over. */
export interface StandingFence extends FenceValue {
  readonly index: number;
}

/**
 * Identity and epoch of Consul's data, and what this process remembers of them (docs/adr/0012).
 *
 * A Consul that lost its data, or an older backup of it, starts its index again below the tokens that streams have seen,
 * and knows nothing of leases whose holders still act. So a process that has worked with one identity accepts another
 * only under a higher epoch: the one that the audited `new-epoch` begins. Until then it takes no lease.
 */
export class Fence {
  #known: FenceValue | undefined;
  /** Highest index seen under the known epoch: a later grant is above it, or the data went back. */
  #highest = 0;
  #wentBack: string | undefined;

  constructor(
    private readonly calls: ConsulCalls,
    private readonly keys: KeyLayout,
    private readonly foreign: ForeignWrites,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** What a grant must be above; asked before it is requested. */
  get highest(): number {
    return this.#highest;
  }

  /** For a session that is to be opened: makes the fence where there is none and never was. */
  async enter(): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      const rows = await this.#look();
      const row = this.rowIn(rows);
      if (this.#known !== undefined || fenceValue(row) !== undefined) return void this.admit(rows);
      if (row) this.foreign.tell(row.path, row.modifyIndex, 'is unreadable; it is written anew');
      // Leases without a fence: somebody removed it. Their epochs are the highest under which anything was granted.
      const value = { identity: randomUUID(), epoch: highestEpoch(rows) };
      if (await this.#put(value, row)) return this.#know(value);
    }
    throw new CoordinatorError('COORDINATOR_UNAVAILABLE', 'the fence key in Consul changes all the time');
  }

  /** For a grant: the fence as read, or why there can be none. */
  admit(rows: readonly KvRow[]): StandingFence {
    const row = this.rowIn(rows);
    const stands = fenceValue(row);
    const known = this.#known;
    if (!row || !stands) throw lost(known, row ? 'an unreadable one' : 'none');
    if (known) {
      if (stands.epoch < known.epoch) throw lost(known, `epoch ${stands.epoch}`);
      const other = stands.identity !== known.identity;
      if (other && stands.epoch === known.epoch) throw lost(known, `identity ${stands.identity}, same epoch`);
      if (this.#wentBack !== undefined && stands.epoch === known.epoch) throw lost(known, this.#wentBack);
    }
    this.#know(stands);
    return { ...stands, index: row.modifyIndex };
  }

  /**
   * For a session that Consul has just renewed: it lives in the data, so the data was not lost, and whatever else stands
   * at the key was written by somebody. Put right rather than obeyed; nobody's lease hangs on one key's survival.
   */
  settle(rows: readonly KvRow[]): number {
    const row = this.rowIn(rows);
    const stands = fenceValue(row);
    const known = this.#known ?? stands;
    if (!known) return highestEpoch(rows);
    if (stands && stands.epoch >= known.epoch) {
      this.#know(stands);
      return stands.epoch;
    }
    const what = stands ? `went back to epoch ${stands.epoch}` : row ? 'is unreadable' : 'was removed';
    this.foreign.tell(
      this.keys.fence,
      row?.modifyIndex ?? 0,
      `${what}; epoch ${known.epoch} is written again`,
    );
    // Beside: the renewal is good whether or not this write succeeds, and the next one looks again.
    this.#put({ identity: stands?.identity ?? known.identity, epoch: known.epoch }, row).catch(this.onError);
    return known.epoch;
  }

  /** Remembers indexes that were read under the known epoch. */
  saw(rows: readonly KvRow[]): void {
    const stands = fenceValue(this.rowIn(rows));
    if (stands === undefined || stands.epoch !== this.#known?.epoch) return;
    this.#highest = Math.max(this.#highest, ...rows.map(row => row.modifyIndex));
  }

  /** Refuses a token that is not above what was seen before it was asked for: it would fence its holder, or nobody. */
  granted(token: number, floor: number): void {
    if (token > floor) {
      this.#highest = Math.max(this.#highest, token);
      return;
    }
    this.#wentBack = `index ${token} after ${floor}: an older state was restored`;
    throw lost(this.#known, this.#wentBack);
  }

  async epoch(): Promise<number> {
    return this.admit(await this.#look()).epoch;
  }

  async raise(above: number): Promise<number> {
    for (let left = TRIES; left > 0; left--) {
      const rows = await this.#look();
      const row = this.rowIn(rows);
      const stands = fenceValue(row);
      const present = stands?.epoch ?? highestEpoch(rows);
      const value = {
        identity: stands?.identity ?? randomUUID(),
        epoch: Math.max(present, this.#known?.epoch ?? 0, above) + 1,
      };
      if (!(await this.#put(value, row))) continue;
      this.#know(value);
      return value.epoch;
    }
    throw new CoordinatorError('COORDINATOR_UNAVAILABLE', 'the fence key in Consul changes all the time');
  }

  rowIn(rows: readonly KvRow[]): KvRow | undefined {
    return rows.find(row => row.path === this.keys.fence);
  }

  #look(): Promise<readonly KvRow[]> {
    return this.calls.read([
      { verb: 'get-or-empty', path: this.keys.fence },
      { verb: 'get-tree', path: this.keys.leases },
    ]);
  }

  /** False when somebody was faster. */
  async #put({ identity, epoch }: FenceValue, over: KvRow | undefined): Promise<boolean> {
    const value = JSON.stringify({ identity, epoch });
    const answer = await this.calls.write([
      { verb: 'cas', path: this.keys.fence, index: over?.modifyIndex ?? 0, value },
    ]);
    return answer.kind === 'done';
  }

  #know({ identity, epoch }: FenceValue): void {
    if (epoch !== this.#known?.epoch) {
      // Under a new epoch lower tokens are in order: that is what it is for.
      this.#highest = 0;
      this.#wentBack = undefined;
    }
    this.#known = { identity, epoch };
  }
}

/** The highest epoch under which any of the leases was granted; 1 when there was none. */
function highestEpoch(rows: readonly KvRow[]): number {
  return Math.max(1, ...rows.map(row => leaseValue(row)?.epoch ?? 0));
}

function lost(known: FenceValue | undefined, found: string): CoordinatorError {
  const expected = known ? `identity ${known.identity} at epoch ${known.epoch}` : 'an identity';
  return new CoordinatorError(
    'COORDINATOR_DATA_LOST',
    `this Consul is another one, or its data was lost: expected ${expected}, found ${found}. ` +
      'No lease is taken until a new epoch is begun (replictl coordinator new-epoch)',
  );
}
