import type { AttributeValue } from './attribute.js';
import type { Node } from './node.js';
import type { Matcher, MatcherOp, NodeSearch } from './node-search.js';
import type { Shard } from './shard.js';

/** A node with what searches may ask about. `shards` empty: the node has no shard record in the view. */
export interface SearchableNode {
  readonly node: Node;
  readonly shards: readonly Shard[];
}

type Lookup = AttributeValue | undefined;

const SHARD_COUNTS: Readonly<Record<string, string>> = {
  'shard.count.primary': 'Primary',
  'shard.count.secondary': 'Secondary',
  'shard.count.recovering': 'Recovering',
};

function shardCount(name: string, shards: readonly Shard[]): Lookup {
  if (shards.length === 0) return undefined;
  const role = SHARD_COUNTS[name];
  if (role !== undefined) return shards.filter(s => s.role === role).length;
  const other = name.slice('shard.count.'.length);
  const count = shards.filter(s => typeof s.role === 'object' && s.role.Other === other).length;
  return count > 0 ? count : undefined;
}

/** Attribute lookup by name; first match wins, missing is `undefined` (domain-reference §2.13). */
export function nodeAttribute(name: string, { node, shards }: SearchableNode): AttributeValue | undefined {
  const { details } = node;
  switch (name) {
    case 'ns_id':
    case 'cluster_id':
    case 'node_id':
      return node[name];
    case 'node_status':
      return typeof node.node_status === 'object' ? node.node_status.UNKNOWN : node.node_status;
    case 'agent_version':
    case 'agent_version.number':
      return details?.agent_version.number;
    case 'agent_version.checkout':
      return details?.agent_version.checkout;
    case 'agent_version.taint':
      return details?.agent_version.taint;
    case 'store_id':
      return details?.store_id;
    case 'store_version':
    case 'store_version.number':
      return details?.store_version.number;
    case 'store_version.checkout':
      return details?.store_version.checkout ?? undefined;
    case 'store_version.extra':
      return details?.store_version.extra ?? undefined;
  }
  if (name.startsWith('address.')) {
    const address = name.slice('address.'.length);
    // Own keys only: `address.constructor` would find what every object inherits.
    return details && Object.hasOwn(details.address, address)
      ? (details.address[address] ?? undefined)
      : undefined;
  }
  if (name.startsWith('shard.count.')) return shardCount(name, shards);
  return details && Object.hasOwn(details.attributes, name) ? details.attributes[name] : undefined;
}

interface OpMatcher {
  readonly op: MatcherOp;
  readonly value?: AttributeValue;
  readonly values?: readonly AttributeValue[];
}

function asOp(matcher: Matcher): OpMatcher {
  if (Array.isArray(matcher)) return { op: 'In', values: matcher as readonly AttributeValue[] };
  if (matcher !== null && typeof matcher === 'object') return matcher as OpMatcher;
  return { op: 'Eq', value: matcher };
}

/** A missing operand never matches; on a missing attribute only `Unset` does. Types never mix: `1` is not `"1"`. */
function matches(matcher: Matcher, actual: AttributeValue | undefined): boolean {
  const { op, value, values } = asOp(matcher);
  if (actual === undefined) return op === 'Unset';
  switch (op) {
    case 'Eq':
      return value === actual;
    case 'Ne':
      return value !== undefined && value !== actual;
    case 'In':
      return values !== undefined && values.includes(actual);
    case 'NotIn':
      return values !== undefined && !values.includes(actual);
    case 'Set':
      return true;
    case 'Unset':
      return false;
  }
}

const TYPE_ORDER: Readonly<Record<string, number>> = { number: 0, string: 1, boolean: 2, object: 3 };

const byCodePoint = (a: string, b: string): number => {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

/** number < string < bool < null; numbers compare numerically (upstream puts integers before floats). */
function compareValues(a: AttributeValue, b: AttributeValue): number {
  if (typeof a !== typeof b) return (TYPE_ORDER[typeof a] ?? 0) - (TYPE_ORDER[typeof b] ?? 0);
  if (typeof a === 'string' && typeof b === 'string') return byCodePoint(a, b);
  return Number(a) - Number(b);
}

function compareBy(entry: string, a: SearchableNode, b: SearchableNode): number {
  const descending = entry.startsWith('-');
  const name = entry.replace(/^[+-]/, '');
  const left = nodeAttribute(name, a);
  const right = nodeAttribute(name, b);
  if (left === undefined || right === undefined)
    // The node with the value comes first, whatever the direction.
    return left === right ? 0 : left === undefined ? 1 : -1;
  return compareValues(left, right) * (descending ? -1 : 1);
}

/** Nodes that match every matcher, sorted, `node_id` breaking ties, cut to `max_results`. */
export function selectNodes<N extends SearchableNode>(search: NodeSearch, nodes: readonly N[]): readonly N[] {
  const order = [...search.sort_by, 'node_id'];
  const found = nodes
    .filter(n =>
      Object.entries(search.matches).every(([name, matcher]) => matches(matcher, nodeAttribute(name, n))),
    )
    .sort((a, b) => {
      for (const entry of order) {
        const difference = compareBy(entry, a, b);
        if (difference !== 0) return difference;
      }
      return 0;
    });
  return search.max_results === null ? found : found.slice(0, search.max_results);
}
