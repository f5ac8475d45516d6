import type { Document, Evidence, Served, StoredEvent } from '../evidence/evidence.js';
import { CLUSTER_STREAM } from '../evidence/evidence.js';
import { canonical } from './canonical.js';
import { type Proof, text } from './proof.js';

/** What the read models should say, folded from the first event by rules of the checker's own. */
export function foldCluster(events: readonly StoredEvent[]): Served {
  let spec: Document | null = null;
  let revision = -1;
  const nodes = new Map<string, Served['nodes'][number]>();
  const actions = new Map<string, Served['actions'][number]>();
  const decisions = new Map<string, Served['decisions'][number]>();
  const mine = events.filter(e => e.streamId === CLUSTER_STREAM);
  for (const event of mine) {
    const { data } = event;
    revision = event.revision;
    switch (event.type) {
      case 'cluster.ClusterSpecApplied.v1':
        spec = data['spec'] as Document;
        break;
      case 'cluster.DiscoveryRecorded.v1':
        for (const { node_id } of (data['discovery'] as { nodes: readonly { node_id: string }[] }).nodes)
          if (!nodes.has(node_id))
            nodes.set(node_id, { nodeId: node_id, status: 'NOT_OBSERVED', quarantine: null });
        break;
      case 'cluster.NodeChanged.v1': {
        const { node_id, node_status } = data['node'] as { node_id: string; node_status: unknown };
        const status = typeof node_status === 'string' ? node_status : 'UNKNOWN';
        nodes.set(node_id, { nodeId: node_id, status, quarantine: data['quarantine'] as string | null });
        break;
      }
      case 'cluster.NodeRemoved.v1':
        nodes.delete((data['node'] as { node_id: string }).node_id);
        break;
      case 'cluster.DecisionMade.v1': {
        const { rule, subject, outcome, reason } = data['decision'] as Served['decisions'][number];
        decisions.set(`${rule} ${subject}`, { rule, subject, outcome, reason });
        break;
      }
      default:
        foldAction(actions, data['action']);
    }
  }
  return {
    ...{ spec, revision, eventIds: mine.map(e => e.id) },
    ...{ nodes: [...nodes.values()], actions: [...actions.values()], decisions: [...decisions.values()] },
  };
}

/** Every event about an action carries it whole. */
function foldAction(actions: Map<string, Served['actions'][number]>, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const action = value as Document;
  const { state } = action;
  const actionId = text(action['action_id']);
  if (typeof state === 'string')
    actions.set(actionId, { actionId, phase: state, payload: action['state_payload'] ?? null });
  else if (typeof state === 'object' && state !== null) {
    const { phase, payload } = state as { readonly phase: string; readonly payload: unknown };
    actions.set(actionId, { actionId, phase, payload: payload ?? null });
  }
}

/** The checker's own fold of the raw events equals what the services serve at rest. */
export const fold: Proof = {
  number: '4a',
  title: 'what is served is what the events say from the first on',
  violations: ({ events, served }: Evidence) => {
    const own = foldCluster(events);
    const found: string[] = [];
    const compare = (what: string, a: unknown, b: unknown): void => {
      const [folded, shown] = [canonical(a), canonical(b)];
      if (folded !== shown)
        found.push(`${what}: folded ${folded.slice(0, 300)}, served ${shown.slice(0, 300)}`);
    };
    compare('revision', own.revision, served.revision);
    compare('spec', own.spec, served.spec);
    each('node', own.nodes, served.nodes, n => n.nodeId, compare);
    each('action', own.actions, served.actions, a => a.actionId, compare);
    each('decision', own.decisions, served.decisions, d => `${d.rule} ${d.subject}`, compare);
    compare('events', own.eventIds, served.eventIds);
    return found;
  },
};

function each<T>(
  what: string,
  folded: readonly T[],
  shown: readonly T[],
  key: (item: T) => string,
  compare: (what: string, a: unknown, b: unknown) => void,
): void {
  const a = new Map(folded.map(item => [key(item), item]));
  const b = new Map(shown.map(item => [key(item), item]));
  for (const name of new Set([...a.keys(), ...b.keys()]))
    compare(`${what} ${name}`, a.get(name), b.get(name));
}
