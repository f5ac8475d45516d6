import type { MemberAddress } from './conninfo.js';
import { parseConninfo } from './conninfo.js';
import { systemIdentifierOf } from './control-file.js';
import type { Membership } from './membership.js';
import { readMembership } from './membership.js';
import type { NodeLayout } from './node-layout.js';
import { isVacant } from './node-layout.js';
import { slotName } from './replication-role.js';
import type { ReplicationView } from './replication-view.js';
import type { ServerConnection } from './server-connection.js';

export type Problem = 'DATA_MISSING' | 'NO_MEMBERSHIP_RECORD' | 'NOT_STREAMING' | 'READ_ONLY';

/** What a server that answers says of itself. LSNs in bytes. */
export interface ServerFacts {
  readonly version: string;
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
  readonly timeline: number;
  readonly lsn: number;
  readonly upstream: MemberAddress | null;
  /** On a standby: the primary shows our slot as streaming. */
  readonly streaming: boolean;
  /** Bytes behind the primary's position; `null` on the primary, or when the primary did not answer. */
  readonly lag: number | null;
}

export interface NodeView {
  readonly status: 'NOT_IN_CLUSTER' | 'JOINING_CLUSTER' | 'HEALTHY' | 'UNHEALTHY' | 'UNAVAILABLE';
  readonly problem: Problem | null;
  readonly detail: string | null;
  /** From the membership record, else from the data. */
  readonly systemIdentifier: string | null;
  /** `null` when no server answers, or the one that does is foreign. */
  readonly server: ServerFacts | null;
}

const FACTS = `
select current_setting('server_version') as version,
       pg_is_in_recovery() as in_recovery,
       current_setting('transaction_read_only') = 'on' as read_only,
       (select system_identifier::text from pg_control_system()) as system_identifier,
       (select timeline_id from pg_control_checkpoint()) as timeline,
       current_setting('primary_conninfo') as primary_conninfo,
       pg_wal_lsn_diff(case when pg_is_in_recovery() then coalesce(pg_last_wal_replay_lsn(), '0/0')
                            else pg_current_wal_lsn() end, '0/0')::text as lsn`;

/** One look serves the three calls that Core makes of it at about the same time. */
const FRESH_MS = 200;

/** Looks at the files, at the server and at its primary, and says what that makes (safety.md §5, §6). */
export class NodeObserver {
  #look: { endedAt: number; readonly view: Promise<NodeView> } | undefined;

  constructor(
    private readonly layout: NodeLayout,
    private readonly nodeId: string,
    private readonly local: ServerConnection,
    private readonly replication: ReplicationView,
  ) {}

  /** Joins the look under way, so that a frozen server costs its time-out once and not once per caller. */
  observe(): Promise<NodeView> {
    if (this.#look && performance.now() - this.#look.endedAt < FRESH_MS) return this.#look.view;
    const look = { endedAt: Number.POSITIVE_INFINITY, view: this.#observe() };
    this.#look = look;
    const ended = (): void => void (look.endedAt = performance.now());
    look.view.then(ended, ended);
    return look.view;
  }

  async #observe(): Promise<NodeView> {
    const membership = await readMembership(this.layout.membership);
    const vacant = await isVacant(this.layout.data);
    if (!membership && vacant)
      return this.#withoutData(null, (await this.layout.isJoining()) ? 'JOINING_CLUSTER' : 'NOT_IN_CLUSTER');
    if (!membership)
      return unhealthy('NO_MEMBERSHIP_RECORD', 'there is data, and no record of a membership', null);
    const identity = membership.systemIdentifier;
    if (vacant && !membership.complete) return this.#withoutData(identity, 'JOINING_CLUSTER');
    if (vacant)
      return unhealthy('DATA_MISSING', 'this node is a member and its data directory is gone', identity);
    const found = await systemIdentifierOf(this.layout.data);
    if (found !== identity)
      return unhealthy('DATA_MISSING', 'the data directory is of another cluster, or damaged', identity);
    return this.#withData(membership);
  }

  #withoutData(systemIdentifier: string | null, status: 'NOT_IN_CLUSTER' | 'JOINING_CLUSTER'): NodeView {
    return { status, problem: null, detail: null, systemIdentifier, server: null };
  }

  async #withData(membership: Membership): Promise<NodeView> {
    const { systemIdentifier, complete } = membership;
    const base = { problem: null, detail: null, systemIdentifier };
    const rows = await this.local.query(FACTS).catch(() => []); // not answering, for whatever reason, is the fact
    const row = rows[0];
    if (!row) return { ...base, status: complete ? 'UNAVAILABLE' : 'JOINING_CLUSTER', server: null };
    if (row['system_identifier'] !== systemIdentifier)
      return unhealthy('DATA_MISSING', 'the server on this port is of another cluster', systemIdentifier);
    const server = await this.#factsOf(row);
    if (!complete) return { ...base, status: 'JOINING_CLUSTER', server };
    if (server.inRecovery && !server.streaming)
      return {
        ...unhealthy(
          'NOT_STREAMING',
          'in recovery, and the primary does not show its slot as streaming',
          systemIdentifier,
        ),
        server,
      };
    if (!server.inRecovery && server.readOnly)
      return { ...unhealthy('READ_ONLY', 'a primary that takes no writes', systemIdentifier), server };
    return { ...base, status: 'HEALTHY', server };
  }

  async #factsOf(row: Readonly<Record<string, unknown>>): Promise<ServerFacts> {
    const inRecovery = row['in_recovery'] === true;
    const lsn = Number(row['lsn']);
    const upstream = inRecovery ? upstreamOf(String(row['primary_conninfo'])) : null;
    const slot = upstream ? await this.replication.slot(upstream, slotName(this.nodeId)) : undefined;
    return {
      version: String(row['version']).split(' ')[0] ?? '',
      inRecovery,
      readOnly: row['read_only'] === true,
      timeline: Number(row['timeline']),
      lsn,
      upstream,
      streaming: slot?.streaming ?? false,
      lag: slot ? Math.max(0, slot.currentLsn - lsn) : null,
    };
  }
}

function upstreamOf(conninfo: string): MemberAddress | null {
  const { host, port } = parseConninfo(conninfo);
  return host === undefined || port === undefined ? null : { host, port: Number(port) };
}

const unhealthy = (problem: Problem, detail: string, systemIdentifier: string | null): NodeView => ({
  status: 'UNHEALTHY',
  problem,
  detail,
  systemIdentifier,
  server: null,
});
