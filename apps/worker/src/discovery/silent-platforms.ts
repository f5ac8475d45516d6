import type { Discovery, PlatformResult } from '@replicante/platform-protocol';

type Result = PlatformResult<Discovery>;

/**
 * Discoveries hold a place of the worker while they wait. Platforms that did not answer when last asked share only so many
 * of them, so that any number of hung ones leaves the rest to cycles. Without a place there a platform is not asked this
 * time, which says nothing of it.
 */
export class SilentPlatforms {
  /** By `base_url`: several namespaces may mean the same one. */
  readonly #silent = new Set<string>();
  #asked = 0;

  constructor(private readonly atOnce: number) {}

  async ask(baseUrl: string, call: () => Promise<Result>): Promise<Result> {
    if (!this.#silent.has(baseUrl)) return this.#learn(baseUrl, await call());
    if (this.#asked >= this.atOnce) {
      const message = 'it did not answer lately, and enough others that did not are being asked';
      return { kind: 'unreachable', reason: 'expired', message };
    }
    this.#asked += 1;
    try {
      return this.#learn(baseUrl, await call());
    } finally {
      this.#asked -= 1;
    }
  }

  #learn(baseUrl: string, result: Result): Result {
    const reason = result.kind === 'unreachable' || result.kind === 'outcomeUnknown' ? result.reason : null;
    if (reason === 'deadline') this.#silent.add(baseUrl);
    // Nobody asked, or not to the end: what was known of it stays.
    else if (reason !== 'aborted' && reason !== 'expired') this.#silent.delete(baseUrl);
    return result;
  }
}
