import type { Attributes } from '../model/attribute.js';
import type { NodeStatus } from '../model/node.js';
import type { AgentActionExecution, NodeObservation } from '../model/observation.js';

/** A datastore node and its agent, as far as the decider can see them. */
export interface SimulatedNode {
  status: NodeStatus;
  role: 'Primary' | 'Secondary' | null;
  identity: string | null;
  /** Answers at all. */
  up: boolean;
  /** What it says its node id is. */
  nodeId: string;
  attributes: Attributes;
  actions: Map<string, AgentActionExecution>;
}

export const DOWN = { ok: false, kind: 'unreachable', error: { error_msg: 'connection refused' } } as const;

/** What a worker gets that asks this agent, also about each of `unfinished`. */
export function answersOf(
  nodeId: string,
  node: SimulatedNode | undefined,
  unfinished: readonly string[],
  nowMs: number,
): NodeObservation {
  const base = { node_id: nodeId, age_ms: 5 };
  if (!node?.up)
    return { ...base, node: DOWN, store: DOWN, shards: DOWN, queue: DOWN, finished: DOWN, actions: {} };
  const offset = { unit: { unit: 'bytes' }, value: nowMs } as const;
  const open = [...node.actions.values()].filter(a => a.finished_time === null).map(a => a.id);
  const finished = [...node.actions.values()].filter(a => a.finished_time !== null).map(a => a.id);
  const asked = new Set([...open, ...unfinished]);
  return {
    ...base,
    node: {
      ok: true,
      value: {
        address: { client: `${nodeId}:5432`, member: `${nodeId}:5432` },
        agent_version: { checkout: '', number: '1', taint: '' },
        attributes: node.attributes,
        node_id: node.nodeId,
        node_status: node.status,
        store_id: 'postgresql',
        store_version: { checkout: null, number: '18', extra: null },
      },
    },
    store: {
      ok: true,
      value: {
        cluster_id: 'pg',
        attributes: node.identity === null ? {} : { store_identity: node.identity },
      },
    },
    shards: {
      ok: true,
      value:
        node.role === null ? [] : [{ id: 'postgresql', role: node.role, commit_offset: offset, lag: null }],
    },
    queue: { ok: true, value: open },
    finished: { ok: true, value: finished },
    actions: Object.fromEntries(
      [...asked].map(id => [id, { ok: true, value: node.actions.get(id) ?? ('absent' as const) }]),
    ),
  };
}
