import type {
  ApprovalMode,
  AttributeValue,
  ClusterDefinition,
  Namespace,
  NodeSearch,
  Platform,
  PlatformRef,
} from '@replicante/domain';
import type { Json } from '@replicante/kernel';

/*
 * What Ajv has checked and filled with defaults: the `spec`s as written, aliases and short forms still in them.
 * Each type belongs to the schema of the same name.
 */
export type NamespaceInput = Namespace;
export type PlatformInput = Platform;

export type MatcherInput =
  | AttributeValue
  | readonly AttributeValue[]
  | { readonly op: string; readonly value?: AttributeValue; readonly values?: readonly AttributeValue[] };
export type NodeSearchInput = Omit<NodeSearch, 'matches'> & {
  readonly matches: Readonly<Record<string, MatcherInput>>;
};

export interface ClusterSpecInput {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly active: boolean;
  readonly interval: number;
  readonly platform: PlatformRef | null;
  readonly declaration: {
    readonly active: boolean;
    readonly approval: ApprovalMode;
    readonly definition: ClusterDefinition | null;
    readonly graces: { readonly expand: number; readonly init: number; readonly scale_up: number };
    readonly timings_seconds: {
      readonly expand: number | null;
      readonly init: number | null;
      readonly scale_up: number | null;
      readonly stable_after: number | null;
    };
    readonly initialise: {
      readonly mode: string;
      readonly action_args: Json;
      readonly search: NodeSearchInput | null;
    };
    readonly expand: { readonly mode: string; readonly target_member: NodeSearchInput | null };
  };
}

interface ActionInput {
  readonly ns_id: string;
  readonly cluster_id: string;
  readonly action_id?: string;
  readonly kind: string;
  readonly args: Json;
  readonly approval: ApprovalMode;
  readonly metadata: Readonly<Record<string, string>>;
}
export interface NodeActionInput extends ActionInput {
  readonly node_id: string;
}
export interface OrchestratorActionInput extends ActionInput {
  readonly timeout: number | { readonly secs: number; readonly nanos: number } | null;
}
