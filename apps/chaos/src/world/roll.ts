import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessIdentity, isAlive, isProcessIdentity, systemCode } from '@replicante/processes';

const READY_WITHIN_MS = 2_000;

/** A process of the stack, from its launcher's `processes.json`. */
export interface Enrolled {
  /** `worker-2`. */
  readonly name: string;
  readonly identity: ProcessIdentity;
  /** Where it answers /readyz. */
  readonly address: string;
  /** Its log file. */
  readonly log: string;
}

/** Those that run now, of one service or of all. The file is replaced whole; before the first start there is none. */
export function enrolled(root: string, service?: string): readonly Enrolled[] {
  let entries: unknown;
  try {
    entries = JSON.parse(readFileSync(join(root, 'processes.json'), 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
  if (!Array.isArray(entries)) throw new Error('processes.json is no list');
  return entries
    .filter(isEnrolled)
    .filter(
      ({ name, identity }) => (service === undefined || serviceOf(name) === service) && isAlive(identity),
    );
}

/** One that does not answer is not ready. */
export const isReady = ({ address }: Enrolled): Promise<boolean> =>
  fetch(`${address}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** `worker-2` → `worker`. */
export const serviceOf = (name: string): string => name.replace(/-\d+$/, '');

/** A setting of a running process, as an operator would look it up. Undefined: it is not set, or the process is gone. */
export function settingOf({ identity }: Enrolled, setting: string): string | undefined {
  try {
    const pairs = readFileSync(`/proc/${identity.pid}/environ`, 'utf8').split('\0');
    return pairs.find(pair => pair.startsWith(`${setting}=`))?.slice(setting.length + 1);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

const isEnrolled = (value: unknown): value is Enrolled =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'log' in value &&
  'address' in value &&
  typeof value.address === 'string' &&
  'identity' in value &&
  isProcessIdentity(value.identity);
