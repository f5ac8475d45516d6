import type { LeaseClaim } from '@replicante/kernel';
import type { Changes } from '../cluster/flapping.js';
import type { DiscoveredNode } from '../model/node.js';
import type { Platform } from '../model/platform.js';

/** What the platform showed last, and what stands against it. Kept over a deletion: its nodes still exist. */
export interface PlatformView {
  /** By cluster id. Empty lists stand for clusters that it showed before. */
  readonly clusters: Readonly<Record<string, readonly DiscoveredNode[]>>;
  readonly idempotencyKeys: boolean;
  /** `<cluster> <node>` that the suspect answer dropped; accepting it covers these and no others. */
  readonly suspect: { readonly missing: readonly string[]; readonly accepted: boolean } | null;
  /** Kind of the failure that discovery runs into now. */
  readonly failing: string | null;
  readonly lease: LeaseClaim | null;
  /** When its answers last took something back, and what changed since: tells flapping. */
  readonly changes: Changes;
}

export type PlatformState =
  | { readonly status: 'absent'; readonly view: PlatformView }
  | { readonly status: 'known'; readonly platform: Platform; readonly view: PlatformView }
  | { readonly status: 'deleted'; readonly view: PlatformView };

export const initialPlatform: PlatformState = {
  status: 'absent',
  view: { clusters: {}, idempotencyKeys: false, suspect: null, failing: null, lease: null, changes: [] },
};
