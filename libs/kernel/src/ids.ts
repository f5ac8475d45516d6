/**
 * The same id for the same stream, command and index, on every retry (safety.md §10): UUIDv5(commandId, stream and
 * index). The stream is in it because a client may use one command id on two streams: with equal ids consumers would
 * take the second event for a repeat of the first.
 */
export type EventIds = (streamId: string, commandId: string, index: number) => string;

/** `[A-Za-z0-9._-]{1,128}`: namespace, platform and cluster ids, so that `:` separates them unambiguously. */
export const IDENTIFIER = /^[A-Za-z0-9._-]{1,128}$/;

export const namespaceStream = (ns: string): string => `namespace-${ns}`;
export const platformStream = (ns: string, name: string): string => `platform-${ns}:${name}`;
export const clusterStream = (ns: string, cluster: string): string => `cluster-${ns}:${cluster}`;
/** Audited commands about the coordinator (`new-epoch`). */
export const COORDINATOR_STREAM = 'coordinator-epoch';
