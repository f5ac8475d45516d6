import { randomInt } from 'node:crypto';
import { isPortFree } from '@replicante/processes';

/** Below the range from which outgoing connections take theirs: a port must still be free when its owner is killed. */
const [FIRST, LAST] = [15_000, 30_000];

export async function fixedPorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(FIRST, LAST);
    if (await isPortFree(port)) found.add(port);
  }
  return [...found];
}
