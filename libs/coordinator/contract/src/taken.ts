import type { Lease, Session } from '@replicante/coordinator';

/** The lease of a key that must be free. */
export async function taken(session: Session, key: string): Promise<Lease> {
  const lease = await session.acquire(key);
  if (!lease) throw new Error(`${key} was refused, though nobody else should hold it`);
  return lease;
}
