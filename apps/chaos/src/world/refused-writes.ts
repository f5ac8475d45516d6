import { readFileSync, statSync } from 'node:fs';
import { type ProcessIdentity, isAlive, runToEnd, systemCode } from '@replicante/processes';

/** As the user whose process it is: root itself may lack the right to limit others. What has ended needs no limit. */
async function limit(victims: readonly ProcessIdentity[], bytes: '0' | 'unlimited'): Promise<void> {
  for (const victim of victims)
    try {
      const { uid, gid } = statSync(`/proc/${victim.pid}`);
      await runToEnd({
        ...{ command: 'prlimit', args: ['--pid', String(victim.pid), `--fsize=${bytes}:`] },
        ...(process.getuid?.() === uid ? {} : { user: { uid, gid } }),
      });
    } catch (error) {
      if (isAlive(victim)) throw error;
    }
}

/**
 * From now on no file of these processes takes a byte (EFBIG, `RLIMIT_FSIZE`), as on a disk that is full; answers what lets
 * them write again. What they start meanwhile inherits it. Undefined: this machine cannot (no `prlimit`, no Linux).
 */
export async function refuseWrites(
  all: () => readonly ProcessIdentity[],
): Promise<(() => Promise<void>) | undefined> {
  const [main, ...others] = all();
  if (!main) return undefined;
  const can = await limit([main, ...others], '0').then(
    () => isRefused(main),
    () => false, // no such tool, or it may not
  );
  if (!can) return undefined;
  return () => limit(all(), 'unlimited');
}

function isRefused({ pid }: ProcessIdentity): boolean {
  try {
    return /^Max file size +0 /m.test(readFileSync(`/proc/${pid}/limits`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}
