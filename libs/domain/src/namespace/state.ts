import type { Namespace } from '../model/namespace.js';

export type NamespaceState =
  { readonly status: 'absent' } | { readonly status: 'known'; readonly namespace: Namespace };

export const initialNamespace: NamespaceState = { status: 'absent' };
