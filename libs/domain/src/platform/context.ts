import type { NamespaceState } from '../namespace/state.js';

/** What a platform's decision reads beside its own stream. */
export interface PlatformContext {
  readonly namespace: NamespaceState;
}
