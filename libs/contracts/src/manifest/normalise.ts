import type { ClusterSpec, Matcher, MatcherOp, NodeSearch } from '@replicante/domain';
import type {
  ClusterSpecInput,
  MatcherInput,
  NodeActionInput,
  NodeSearchInput,
  OrchestratorActionInput,
} from './input.js';
import type { NodeActionManifest, OrchestratorActionManifest } from './manifest.js';

const plain = (text: string): string => text.toLowerCase().replace(/[-_]/g, '');

/** The one spelling of an alias; the schema has admitted nothing else. */
function spelling<T extends string>(written: string, spellings: readonly [T, ...T[]]): T {
  return spellings.find(s => plain(s) === plain(written)) ?? spellings[0];
}

const OPS: readonly [MatcherOp, ...MatcherOp[]] = ['Eq', 'Ne', 'In', 'NotIn', 'Set', 'Unset'];

function matcher(input: MatcherInput): Matcher {
  if (typeof input !== 'object' || input === null) return input;
  if ('op' in input) return { ...input, op: spelling(input.op, OPS) };
  return input;
}

function search(input: NodeSearchInput | null): NodeSearch | null {
  if (input === null) return null;
  const matches = Object.entries(input.matches).map(([name, value]) => [name, matcher(value)] as const);
  return { ...input, matches: Object.fromEntries(matches) };
}

export function clusterSpec(input: ClusterSpecInput): ClusterSpec {
  const { initialise, expand } = input.declaration;
  return {
    ...input,
    declaration: {
      ...input.declaration,
      initialise: {
        ...initialise,
        mode: spelling(initialise.mode, ['Auto', 'SingleNode']),
        search: search(initialise.search),
      },
      expand: {
        mode: spelling(expand.mode, ['Auto', 'Add', 'Join']),
        target_member: search(expand.target_member),
      },
    },
  };
}

/** Ids are compared as texts everywhere: a UUID has one spelling. */
const withId = (id: string | undefined): { action_id?: string } =>
  id === undefined ? {} : { action_id: id.toLowerCase() };

export function nodeAction({ approval: _, action_id, ...rest }: NodeActionInput): NodeActionManifest {
  return { ...rest, ...withId(action_id) };
}

export function orchestratorAction(input: OrchestratorActionInput): OrchestratorActionManifest {
  const { approval: _, action_id, timeout, ...rest } = input;
  return {
    ...rest,
    ...withId(action_id),
    timeout: typeof timeout === 'number' ? duration(timeout) : timeout,
  };
}

function duration(seconds: number): { secs: number; nanos: number } {
  const nanos = Math.round((seconds % 1) * 1e9);
  return nanos === 1e9 ? { secs: Math.floor(seconds) + 1, nanos: 0 } : { secs: Math.floor(seconds), nanos };
}
