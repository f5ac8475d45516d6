import type { ClusterState } from './state.js';

type Mutable<T> =
  T extends ReadonlyMap<infer K, infer V> ? Map<K, V> : T extends ReadonlySet<infer V> ? Set<V> : T;

/** A state being folded: its own maps, values shared. Never leaves the fold or the decision that opened it. */
export type ClusterDraft = { -readonly [K in keyof ClusterState]: Mutable<ClusterState[K]> };

type CollectionName = {
  [K in keyof ClusterState]: ClusterState[K] extends ReadonlyMap<string, unknown> | ReadonlySet<string>
    ? K
    : never;
}[keyof ClusterState];

/** By name, so that a new collection that is not listed does not compile: it would be shared and written. */
// Stryker disable BooleanLiteral: only the names are read
const LISTED: Readonly<Record<CollectionName, true>> = {
  members: true,
  nodes: true,
  extras: true,
  shards: true,
  nodeChanges: true,
  attributeChanges: true,
  demoted: true,
  rejected: true,
  nodeActions: true,
  orchestratorActions: true,
  denials: true,
  finishedActions: true,
  provisions: true,
  graces: true,
  failures: true,
  decisions: true,
  leases: true,
};
// Stryker restore BooleanLiteral
const COLLECTIONS = Object.keys(LISTED) as readonly CollectionName[];

/**
 * One copy of a map per fold or decision instead of one per event (a cycle of 500 nodes appends hundreds of events, and
 * copying for each would make it quadratic), made when the map is first asked for: most commands of a cluster with ten
 * thousand finished actions never look at them.
 */
export function openDraft(state: ClusterState): ClusterDraft {
  const draft = { ...state };
  for (const name of COLLECTIONS) {
    const shared = state[name];
    const become = (value: unknown): void => {
      Object.defineProperty(draft, name, { value, writable: true, enumerable: true, configurable: true });
    };
    Object.defineProperty(draft, name, {
      enumerable: true,
      configurable: true,
      get: () => {
        const own =
          shared instanceof Set
            ? new Set(shared)
            : new Map<unknown, unknown>(shared as ReadonlyMap<unknown, unknown>);
        become(own);
        return own;
      },
      set: become,
    });
  }
  return draft as ClusterDraft;
}

/** The draft as a state: what was never asked for is still the map of the state that it was opened on. */
export function closeDraft(draft: ClusterDraft, opened: ClusterState): ClusterState {
  const untouched = COLLECTIONS.filter(
    name => Object.getOwnPropertyDescriptor(draft, name)?.get !== undefined,
  );
  for (const name of untouched)
    Object.defineProperty(draft, name, {
      value: opened[name],
      writable: true,
      enumerable: true,
      configurable: true,
    });
  return { ...draft };
}
