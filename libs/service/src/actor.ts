import type { Actor } from '@replicante/kernel';

const LONGEST_NAME = 128;

/** Without authentication every user is anonymous; a claimed name is kept, marked unverified (safety.md §13). */
export function anonymousActor(claimedName: string | undefined): Actor {
  const name = claimedName
    ?.replace(/[\p{Cc}\uD800-\uDFFF]/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
  return { kind: 'anonymous', ...(name ? { claimedName: name } : {}), verified: false };
}

export const serviceActor = (id: string): Actor => ({ kind: 'service', id, verified: true });
export const systemActor = (component: string): Actor => ({ kind: 'system', component, verified: true });
