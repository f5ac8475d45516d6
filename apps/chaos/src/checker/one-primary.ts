import type { Evidence } from '../evidence/evidence.js';
import { CLUSTER_STREAM } from '../evidence/evidence.js';
import { type Proof, groupBy } from './proof.js';

/** Never two writable primaries, one identity, no acknowledged row lost. */
export const onePrimary: Proof = {
  number: '6',
  title: 'one primary took every write, all have its identity, and no acknowledged row is lost',
  violations: evidence => [...writers(evidence), ...identities(evidence), ...rows(evidence)],
};

/** Nothing promotes by itself: whoever acknowledged a write is the one primary of the whole run. */
function writers({ acknowledged, nodes }: Evidence): readonly string[] {
  const byNode = groupBy(acknowledged, r => r.node);
  const writable = nodes.filter(n => n.writable === true).map(n => n.nodeId);
  const unsigned = nodes.filter(n => !n.standbySignal).map(n => n.nodeId);
  const found: string[] = [];
  if (byNode.size > 1)
    found.push(
      `writes were acknowledged by ${[...byNode].map(([n, r]) => `${n} (${r.length}, first ${r[0]?.number})`).join(', ')}`,
    );
  if (writable.length !== 1) found.push(`writable at the end: ${writable.join(', ') || 'none'}`);
  if (unsigned.length !== 1)
    found.push(`data directories without standby.signal: ${unsigned.join(', ') || 'none'}`);
  const [primary] = writable;
  if (primary !== undefined && byNode.size === 1 && !byNode.has(primary))
    found.push(`${[...byNode.keys()].join()} acknowledged the writes, and ${primary} is the primary`);
  return found;
}

function identities({ nodes, events }: Evidence): readonly string[] {
  const recorded = events.filter(
    e => e.streamId === CLUSTER_STREAM && e.type === 'cluster.StoreIdentityRecorded.v1',
  );
  const found = new Set(nodes.map(n => n.systemIdentifier));
  return [
    ...(found.size === 1 ? [] : [`the nodes have ${found.size} identities: ${[...found].join(', ')}`]),
    ...(recorded.length === 1 ? [] : [`an identity was recorded ${recorded.length} times`]),
    ...recorded
      .flatMap(e => (typeof e.data['store_identity'] === 'string' ? [e.data['store_identity']] : []))
      .filter(identity => !found.has(identity))
      .map(identity => `the recorded identity ${identity} is that of no node`),
  ];
}

function rows({ acknowledged, nodes }: Evidence): readonly string[] {
  return nodes.flatMap(({ nodeId, rows: held }) => {
    const has = new Set(held);
    const lost = acknowledged.filter(r => !has.has(r.number));
    const some = lost.slice(0, 5).map(r => r.number);
    return lost.length > 0
      ? [`${nodeId} lacks ${lost.length} acknowledged rows, such as ${some.join(', ')}`]
      : [];
  });
}
