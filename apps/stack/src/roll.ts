import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ProcessIdentity,
  identify,
  isProcessIdentity,
  stop,
  systemCode,
  writeFileDurably,
} from '@replicante/processes';

/** A process that the stack started and runs. */
export interface RollEntry {
  readonly name: string;
  readonly pid: number;
  /** Where it answers; of a service, its probes. */
  readonly address: string;
  /** Where clients reach it, of `command` and `query`. */
  readonly serves?: string;
  readonly log: string;
}

type Kept = RollEntry & { readonly identity: ProcessIdentity };

/**
 * `processes.json` of the data directory: who is who, for people and for tools that break things. After a `kill -9` of
 * the launcher the next start ends by it what was left behind.
 */
export class Roll {
  readonly #entries = new Map<string, Kept>();
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#file = join(directory, 'processes.json');
  }

  /** Ends what an earlier launcher left running. */
  async clear(say: (line: string) => void): Promise<void> {
    const left = await readEntries(this.#file);
    const ended = await Promise.all(
      left.map(({ identity }) => stop(identity, { group: true, graceMs: 10_000 })),
    );
    const count = ended.filter(outcome => outcome !== 'gone').length;
    if (count > 0) say(`ended ${count} processes that an earlier stack had left on this data directory`);
    this.#entries.clear();
    await this.#write();
  }

  /** Enters it, or in place of an earlier process of the same name. */
  async enter(entry: RollEntry): Promise<void> {
    const identity = identify(entry.pid);
    // Gone already: whoever supervises it will start it again and enter that.
    if (!identity) return;
    this.#entries.set(entry.name, { ...entry, identity });
    await this.#write();
  }

  #write(): Promise<void> {
    const text = `${JSON.stringify([...this.#entries.values()], null, 2)}\n`;
    this.#writing = this.#writing.then(() => writeFileDurably(this.#file, text));
    return this.#writing;
  }
}

async function readEntries(file: string): Promise<readonly { readonly identity: ProcessIdentity }[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return '[]';
    throw error;
  });
  const entries: unknown = JSON.parse(text);
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'identity' in entry && isProcessIdentity(entry.identity)
      ? [{ identity: entry.identity }]
      : [],
  );
}
