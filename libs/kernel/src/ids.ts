/** The same id for the same command and index, on every retry (safety.md §10): UUIDv5(commandId, index). */
export type EventIds = (commandId: string, index: number) => string;

/** `[A-Za-z0-9._-]{1,128}`: namespace, platform and cluster ids, so that `:` separates them unambiguously. */
export const IDENTIFIER = /^[A-Za-z0-9._-]{1,128}$/;

export const namespaceStream = (ns: string): string => `namespace-${ns}`;
export const platformStream = (ns: string, name: string): string => `platform-${ns}:${name}`;
export const clusterStream = (ns: string, cluster: string): string => `cluster-${ns}:${cluster}`;
/** Audited commands about the coordinator (`new-epoch`). */
export const COORDINATOR_STREAM = 'coordinator-epoch';
