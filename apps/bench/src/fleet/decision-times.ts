import { withClient } from '../rig/database.js';
import type { Change } from '@replicante/simulated-fleet';

export interface DecisionTimes {
  /** Milliseconds from each change to the event that the cycle which saw it recorded. */
  readonly decidedMs: readonly number[];
  /** Changes that no event tells of. */
  readonly undecided: number;
}

/** Compares what the simulator did with what was appended: both by this machine's wall clock. */
export async function decisionTimes(url: string, changes: readonly Change[]): Promise<DecisionTimes> {
  const times = new Map<string, number[]>();
  const { rows } = await withClient(url, client =>
    client.query<{ node: string; status: string; at: string }>(
      `select data::json #>> '{node,node_id}' as node, data::json #>> '{node,node_status}' as status,
         metadata::json ->> 'recordedAt' as at
       from event_store.events where type = 'cluster.NodeChanged.v1' order by position`,
    ),
  );
  for (const { node, status, at } of rows) {
    const key = `${node} ${status}`;
    times.set(key, [...(times.get(key) ?? []), Date.parse(at)]);
  }
  const decidedMs = changes.flatMap(({ nodeId, status, atMs }) => {
    const at = times.get(`${nodeId} ${status}`)?.find(time => time >= atMs);
    return at === undefined ? [] : [at - atMs];
  });
  return { decidedMs, undecided: changes.length - decidedMs.length };
}
