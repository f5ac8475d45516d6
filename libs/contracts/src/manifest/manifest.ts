import type {
  ApprovalMode,
  ClusterSpec,
  Namespace,
  NodeAction,
  OrchestratorAction,
  Platform,
} from '@replicante/domain';

export const MANIFEST_API_VERSION = 'replicante.io/v0';

/** Kinds as they are written; matched case-insensitively (domain-reference §3.1). */
export const MANIFEST_KINDS = ['Namespace', 'Platform', 'ClusterSpec', 'NAction', 'OAction'] as const;
export type ManifestKind = (typeof MANIFEST_KINDS)[number];

/** Data of `CreateNodeAction`; without `action_id` the command service makes one. */
export type NodeActionManifest = Pick<
  NodeAction,
  'ns_id' | 'cluster_id' | 'node_id' | 'args' | 'kind' | 'metadata'
> & { readonly action_id?: string };

/** Data of `CreateOrchestratorAction`; without `action_id` the command service makes one. */
export type OrchestratorActionManifest = Pick<
  OrchestratorAction,
  'ns_id' | 'cluster_id' | 'args' | 'kind' | 'metadata' | 'timeout'
> & { readonly action_id?: string };

/** A manifest as the domain takes it: every default applied, every alias in its one spelling. */
export type Manifest =
  | { readonly kind: 'Namespace'; readonly namespace: Namespace }
  | { readonly kind: 'Platform'; readonly platform: Platform }
  | { readonly kind: 'ClusterSpec'; readonly spec: ClusterSpec }
  | { readonly kind: 'NAction'; readonly action: NodeActionManifest; readonly approval: ApprovalMode }
  | {
      readonly kind: 'OAction';
      readonly action: OrchestratorActionManifest;
      readonly approval: ApprovalMode;
    };
