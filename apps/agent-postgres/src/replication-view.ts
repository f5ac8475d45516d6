import type { MemberAddress } from './conninfo.js';
import { REPLICATION_ROLE } from './replication-role.js';
import { ServerConnection } from './server-connection.js';

/** What the primary says of one slot. */
export interface SlotView {
  /** The answering server is a primary and shows the slot with a walsender in state `streaming`. */
  readonly streaming: boolean;
  /** The primary's current WAL position in bytes. */
  readonly currentLsn: number;
}

const SLOT = `
select s.active and r.state = 'streaming' as streaming, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as lsn
from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid
where s.slot_name = $1`;

/** Asks a primary about this node, with the credentials that its server streams with (safety.md §6). */
export class ReplicationView {
  #connection: { readonly key: string; readonly server: ServerConnection } | undefined;

  constructor(
    private readonly password: string,
    private readonly applicationName: string,
  ) {}

  /** `undefined` when the primary does not answer, is none, or has no such slot. */
  async slot(primary: MemberAddress, slotName: string): Promise<SlotView | undefined> {
    try {
      const [row] = await this.#server(primary).query(SLOT, [slotName]);
      return row && { streaming: row['streaming'] === true, currentLsn: Number(row['lsn']) };
    } catch (error) {
      // Whatever the reason, the primary did not vouch for us: that is the answer, and the status shows it.
      if (error instanceof TypeError) throw error;
      return undefined;
    }
  }

  close(): void {
    this.#connection?.server.close();
    this.#connection = undefined;
  }

  #server({ host, port }: MemberAddress): ServerConnection {
    const key = `${host}:${port}`;
    if (this.#connection?.key !== key) {
      this.close();
      const login = {
        host,
        port,
        user: REPLICATION_ROLE,
        password: this.password,
        applicationName: this.applicationName,
      };
      this.#connection = { key, server: new ServerConnection(login) };
    }
    return this.#connection.server;
  }
}
