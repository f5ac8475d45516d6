import type { SecretRef } from './secret-ref.js';

/** domain-reference §2.2; `url.token` is ours: the bearer token that the platform asks for. */
export interface Platform {
  readonly ns_id: string;
  readonly name: string;
  readonly active: boolean;
  /** Seconds between discovery cycles. */
  readonly discovery: { readonly interval: number };
  readonly url: {
    readonly base_url: string;
    readonly tls_ca_bundle: string | null;
    readonly tls_insecure_skip_verify: boolean;
    readonly token: SecretRef | null;
  };
}

export interface PlatformRef {
  /** `null`: the namespace of the referencing object. */
  readonly ns_id: string | null;
  readonly name: string;
}

/** `ns`: of the object that refers to them. */
export const samePlatform = (ns: string, a: PlatformRef, b: PlatformRef): boolean =>
  a.name === b.name && (a.ns_id ?? ns) === (b.ns_id ?? ns);
