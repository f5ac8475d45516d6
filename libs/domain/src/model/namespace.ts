import type { SecretRef } from './secret-ref.js';

export const NAMESPACE_STATUSES = ['Active', 'Inactive', 'Observed', 'Deleting', 'Deleted'] as const;
export type NamespaceStatus = (typeof NAMESPACE_STATUSES)[number];

/** domain-reference §2.1; `agents.token` is ours: the bearer token that agents of this namespace ask for. */
export interface Namespace {
  readonly id: string;
  readonly status: NamespaceStatus;
  readonly tls: { readonly ca_bundle: string | null };
  readonly settings: { readonly orchestrate: { readonly max_naction_schedule_attempts: number } };
  readonly agents: { readonly token: SecretRef | null };
}
