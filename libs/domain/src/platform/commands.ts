import type { Command } from '@replicante/kernel';
import type { Platform } from '../model/platform.js';
import type { PlatformObservation, ObservedCluster } from '../model/observation.js';
import type { SecretRef } from '../model/secret-ref.js';

interface OfPlatform {
  readonly ns_id: string;
  readonly name: string;
}
export type ApplyPlatform = Command<'ApplyPlatform', { readonly platform: Platform }>;
export type DeletePlatform = Command<'DeletePlatform', OfPlatform>;
export type RequestDiscovery = Command<'RequestDiscovery', OfPlatform>;
export type AcceptDiscovery = Command<'AcceptDiscovery', OfPlatform>;
/** The worker begins a discovery under its lease; answers a `DiscoveryPlan`. */
export type BeginDiscovery = Command<'BeginDiscovery', OfPlatform>;
/** What the platform answered; answers a `DiscoveryVerdict`. */
export type SubmitDiscovery = Command<
  'SubmitDiscovery',
  OfPlatform & { readonly observation: PlatformObservation }
>;

export type PlatformCommand =
  ApplyPlatform | DeletePlatform | RequestDiscovery | AcceptDiscovery | BeginDiscovery | SubmitDiscovery;

/** What the worker needs to ask a platform. */
export interface DiscoveryPlan {
  readonly base_url: string;
  readonly tls_ca_bundle: string | null;
  readonly tls_insecure_skip_verify: boolean;
  readonly token: SecretRef | null;
  readonly interval_seconds: number;
}

/** Whether the answer counts; then each of `clusters` is recorded on its own stream by `RecordDiscovery`. */
export interface DiscoveryVerdict {
  readonly result: 'recorded' | 'suspect' | 'failed';
  /** Clusters of the answer, and clusters that this platform showed before with their nodes now absent. */
  readonly clusters: readonly ObservedCluster[];
}

export type PlatformAnswer =
  | { readonly kind: 'none' }
  | { readonly kind: 'discovery_plan'; readonly plan: DiscoveryPlan }
  | { readonly kind: 'discovery_verdict'; readonly verdict: DiscoveryVerdict };
