import type { Fence } from '@replicante/agent-protocol';
import { compareFences, formatFence, parseFence } from '@replicante/agent-protocol';
import { readFile } from 'node:fs/promises';
import { systemCode, writeFileDurably } from '@replicante/processes';
import { AgentError } from './agent-error.js';

/** The highest fence seen per cluster, on disk before any effect under it (safety.md §2). */
export class FenceStore {
  readonly #highest: Map<string, Fence>;

  private constructor(
    private readonly file: string,
    highest: ReadonlyMap<string, Fence>,
  ) {
    this.#highest = new Map(highest);
  }

  static async open(file: string): Promise<FenceStore> {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return '{}';
      throw error;
    });
    return new FenceStore(file, parseFences(text, file));
  }

  highest(cluster: string): Fence | undefined {
    return this.#highest.get(cluster);
  }

  /** False when a higher one was seen. When true, the fence is on disk. */
  async admit(cluster: string, fence: Fence): Promise<boolean> {
    const highest = this.#highest.get(cluster);
    const order = highest ? compareFences(fence, highest) : 1;
    if (order <= 0) return order === 0;
    const next = new Map(this.#highest).set(cluster, fence);
    const written = Object.fromEntries([...next].map(([name, value]) => [name, formatFence(value)]));
    await writeFileDurably(this.file, JSON.stringify(written));
    this.#highest.set(cluster, fence);
    return true;
  }
}

/** Throws `STATE_UNREADABLE`: an agent that forgot its fences would obey whoever thaws. */
function parseFences(text: string, file: string): ReadonlyMap<string, Fence> {
  const broken = (cause?: unknown): AgentError =>
    new AgentError('STATE_UNREADABLE', `${file} cannot be understood: restore it`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(error);
  }
  if (typeof value !== 'object' || value === null) throw broken();
  return new Map(
    Object.entries(value).map(([cluster, written]: [string, unknown]) => {
      const fence = typeof written === 'string' ? parseFence(written) : undefined;
      if (!fence) throw broken();
      return [cluster, fence];
    }),
  );
}
