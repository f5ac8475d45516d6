import type { DomainEvent, LeaseClaim } from '@replicante/kernel';
import type { DiscoveredNode } from '../model/node.js';
import type { Platform } from '../model/platform.js';
import type { ErrorDocument } from '../model/report.js';

export type PlatformApplied = DomainEvent<'platform.PlatformApplied.v1', { readonly platform: Platform }>;
export type PlatformDeleted = DomainEvent<
  'platform.PlatformDeleted.v1',
  { readonly ns_id: string; readonly name: string }
>;
/** Somebody asked for a discovery now; the scheduler hears it on the bus. */
export type DiscoveryRequested = DomainEvent<
  'platform.DiscoveryRequested.v1',
  { readonly ns_id: string; readonly name: string }
>;
export type PlatformLeaseTaken = DomainEvent<
  'platform.LeaseTaken.v1',
  { readonly ns_id: string; readonly name: string; readonly lease: LeaseClaim }
>;

/** What the platform shows now, whole. Appended when that differs from before, never per poll. */
export type PlatformViewChanged = DomainEvent<
  'platform.PlatformViewChanged.v1',
  {
    readonly ns_id: string;
    readonly name: string;
    readonly clusters: readonly { readonly cluster_id: string; readonly nodes: readonly DiscoveredNode[] }[];
    /** Clusters whose id does not fit `[A-Za-z0-9._-]{1,128}`: left out, the rest of the answer counts. */
    readonly rejected_cluster_ids: readonly string[];
    readonly idempotency_keys: boolean;
    /** An operator accepted a suspect answer. */
    readonly accepted_by_operator: boolean;
  }
>;

/** More than one node and more than 25 % vanished at once: recorded, shown, and changes nothing (safety.md §4). */
export type PlatformAnswerSuspected = DomainEvent<
  'platform.PlatformAnswerSuspected.v1',
  {
    readonly ns_id: string;
    readonly name: string;
    readonly shown_before: number;
    readonly missing: readonly { readonly cluster_id: string; readonly node_id: string }[];
  }
>;
/** `replictl platform accept-discovery`: the next answer counts although it shrinks. */
export type SuspectAnswerAccepted = DomainEvent<
  'platform.SuspectAnswerAccepted.v1',
  { readonly ns_id: string; readonly name: string }
>;
/** A later full answer made the suspicion moot. */
export type PlatformAnswerCleared = DomainEvent<
  'platform.PlatformAnswerCleared.v1',
  { readonly ns_id: string; readonly name: string }
>;
/** The first failure of a run of failures, and each change of its kind. */
export type PlatformUnavailable = DomainEvent<
  'platform.PlatformUnavailable.v1',
  { readonly ns_id: string; readonly name: string; readonly kind: string; readonly error: ErrorDocument }
>;
export type PlatformRecovered = DomainEvent<
  'platform.PlatformRecovered.v1',
  { readonly ns_id: string; readonly name: string }
>;

export type PlatformEvent =
  | PlatformApplied
  | PlatformDeleted
  | DiscoveryRequested
  | PlatformLeaseTaken
  | PlatformViewChanged
  | PlatformAnswerSuspected
  | SuspectAnswerAccepted
  | PlatformAnswerCleared
  | PlatformUnavailable
  | PlatformRecovered;
