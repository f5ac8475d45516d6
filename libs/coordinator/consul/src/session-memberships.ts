import { CoordinatorError } from '@replicante/coordinator';
import type { ConsulCalls, KvRow } from './consul-calls.js';
import type { ForeignWrites } from './foreign-writes.js';
import type { KeyLayout } from './key-layout.js';

/** The memberships at one moment. */
export interface MembershipSnapshot {
  readonly paths: readonly string[];
  readonly values: ReadonlyMap<string, string>;
}

/** The groups that one session joined: a key each, locked by the session, so that it lapses with it. */
export class SessionMemberships {
  readonly #joined = new Map<string, string>();

  constructor(
    private readonly id: string,
    private readonly name: string,
    private readonly world: {
      readonly calls: ConsulCalls;
      readonly keys: KeyLayout;
      readonly foreign: ForeignWrites;
    },
  ) {}

  async join(group: string, attributes: Readonly<Record<string, string>>): Promise<void> {
    const path = this.world.keys.member(group, this.id);
    // Not watched over while it changes: `mend` would take the old value for foreign, or the new one.
    this.#joined.delete(path);
    const value = JSON.stringify({ name: this.name, attributes });
    const answer = await this.world.calls.write([{ verb: 'lock', path, session: this.id, value }]);
    if (answer.kind !== 'done')
      throw new CoordinatorError(
        'COORDINATOR_UNAVAILABLE',
        `Consul key ${path} is locked by another session`,
      );
    this.#joined.set(path, value);
  }

  snapshot(): MembershipSnapshot {
    return { paths: [...this.#joined.keys()], values: new Map(this.#joined) };
  }

  /** Writes again what somebody else removed or overwrote: a service that lives must not vanish from the list. */
  async mend({ values }: MembershipSnapshot, rows: readonly KvRow[]): Promise<void> {
    for (const [path, value] of values) {
      const row = rows.find(each => each.path === path);
      if (row?.session === this.id && row.value === value) continue;
      if (this.#joined.get(path) !== value) continue;
      const what = row ? 'was overwritten' : 'was removed';
      this.world.foreign.tell(path, row?.modifyIndex ?? 0, `${what}; the membership is written again`);
      await this.world.calls.write([{ verb: 'lock', path, session: this.id, value }]);
    }
  }
}
