import { sameJson } from '@replicante/kernel';
import type { Attributes } from '../model/attribute.js';
import type { ClusterDraft } from './draft.js';
import type { NodeChanged, NodeFlapping, NodeShardsChanged, StoreExtrasChanged } from './events.js';
import { withChange } from './flapping.js';
import { factsOfExtras, factsOfNode } from './node-facts.js';
import { attributeKey, storeAttribute } from './state.js';

const ATTRIBUTE_CHANGES_KEPT = 6;
/** Of all nodes of a cluster together. */
const ATTRIBUTES_REMEMBERED = 10_000;
const MEMBER_STATUSES: ReadonlySet<unknown> = new Set([
  'HEALTHY',
  'INCOMPLETE',
  'UNHEALTHY',
  'LEAVING_CLUSTER',
]);

/** Remembers lately changed attributes: what changes in most cycles becomes a sample (safety.md §12). */
function noteChanges(
  draft: ClusterDraft,
  key: (name: string) => string,
  before: Attributes | undefined,
  after: Attributes | undefined,
  at: string,
): void {
  if (!before || !after) return;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    if (before[name] !== after[name]) {
      const changes = [...(draft.attributeChanges.get(key(name)) ?? []), at].slice(-ATTRIBUTE_CHANGES_KEPT);
      // The newest last: an agent that makes up names must not make the state grow.
      draft.attributeChanges.delete(key(name));
      draft.attributeChanges.set(key(name), changes);
    }
  for (const oldest of draft.attributeChanges.keys()) {
    if (draft.attributeChanges.size <= ATTRIBUTES_REMEMBERED) return;
    draft.attributeChanges.delete(oldest);
  }
}

/** Counts towards flapping. */
const noteNodeChange = (draft: ClusterDraft, nodeId: string, at: string): void =>
  void draft.nodeChanges.set(nodeId, withChange(draft.nodeChanges.get(nodeId) ?? [], at));

export function changeNode(draft: ClusterDraft, { data }: NodeChanged, at: string): void {
  const { node } = data;
  const before = draft.nodes.get(node.node_id);
  const attributes = before?.node.details?.attributes;
  noteChanges(draft, name => attributeKey(node.node_id, name), attributes, node.details?.attributes, at);
  if (before && !sameJson(factsOfNode(before, draft.demoted), factsOfNode(data, draft.demoted)))
    noteNodeChange(draft, node.node_id, at);
  draft.nodes.set(node.node_id, { node, quarantine: data.quarantine, flapping: false });
  if (data.quarantine === null && MEMBER_STATUSES.has(node.node_status)) draft.everMember = true;
}

export function flapNode(draft: ClusterDraft, { data }: NodeFlapping, at: string): void {
  const { node, quarantine } = data;
  noteNodeChange(draft, node.node_id, at);
  draft.nodes.set(node.node_id, { node, quarantine, flapping: true });
}

/** And all that was remembered of it: its id is never used again (safety.md §7). */
export function removeNode(draft: ClusterDraft, id: string): void {
  for (const map of [draft.members, draft.nodes, draft.extras, draft.shards]) map.delete(id);
  draft.nodeChanges.delete(id);
  draft.denials.delete(id);
  const ofNode = attributeKey(id, '');
  for (const key of draft.attributeChanges.keys())
    if (key.startsWith(ofNode)) draft.attributeChanges.delete(key);
  for (const key of draft.demoted) if (key.startsWith(ofNode)) draft.demoted.delete(key);
  for (const [key, { subject }] of draft.decisions) if (subject === `node:${id}`) draft.decisions.delete(key);
}

export function changeExtras(
  draft: ClusterDraft,
  { data: { extras } }: StoreExtrasChanged,
  at: string,
): void {
  const before = draft.extras.get(extras.node_id);
  if (before && !sameJson(factsOfExtras(before, draft.demoted), factsOfExtras(extras, draft.demoted)))
    noteNodeChange(draft, extras.node_id, at);
  const key = (name: string): string => attributeKey(extras.node_id, storeAttribute(name));
  noteChanges(draft, key, before?.attributes, extras.attributes, at);
  draft.extras.set(extras.node_id, extras);
}

/**
 * Of two that claim to be primary at once the one that was known stays: a lie must not take the protection off the true
 * one (safety.md §6).
 */
const holdsPrimary = (draft: ClusterDraft, nodeId: string): boolean =>
  (draft.shards.get(nodeId) ?? []).some(s => s.role === 'Primary' && s.fresh);

export function changeShards(draft: ClusterDraft, { data }: NodeShardsChanged, at: string): void {
  noteNodeChange(draft, data.node_id, at);
  if (data.shards.length === 0) draft.shards.delete(data.node_id);
  else draft.shards.set(data.node_id, data.shards);
  const { lastPrimary } = draft;
  if (holdsPrimary(draft, data.node_id)) {
    if (lastPrimary === null || !holdsPrimary(draft, lastPrimary)) draft.lastPrimary = data.node_id;
    draft.everMember = true;
  } else if (lastPrimary === data.node_id && !data.shards.some(s => s.role === 'Primary'))
    // It says itself that it is primary no more: who claimed it beside it is, then.
    draft.lastPrimary = [...draft.shards.keys()].find(id => holdsPrimary(draft, id)) ?? lastPrimary;
}

/** Notes that come and go are a change of their node, though its record stays the same. */
export function recordReport(draft: ClusterDraft, keys: string, at: string): void {
  if (draft.reportKeys !== null) {
    const before = new Set(draft.reportKeys.split('\n'));
    const after = new Set(keys.split('\n'));
    const changed = [...before].filter(k => !after.has(k)).concat([...after].filter(k => !before.has(k)));
    for (const nodeId of new Set(changed.map(key => key.split('\u0000')[2] ?? '')))
      if (draft.nodes.has(nodeId)) noteNodeChange(draft, nodeId, at);
  }
  draft.reportKeys = keys;
}
