import { PUBLISHED_EVENT_TYPES } from '@replicante/contracts';

/** Types of one context that this release knows; others in a stream are skipped and counted. */
export function knownTypes(context: 'namespace' | 'platform' | 'cluster'): (type: string) => boolean {
  const types = new Set<string>(PUBLISHED_EVENT_TYPES.filter(type => type.startsWith(`${context}.`)));
  return type => types.has(type);
}
