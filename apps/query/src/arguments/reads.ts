import type { ReadModels, Sql } from '@replicante/read-models';
import { PositionWaiter } from '@replicante/read-models';
import { invalid } from './invalid.js';
import { checkTexts } from './texts.js';

const DEFAULT_WAIT_MS = 2_000;
const MAX_WAIT_MS = 30_000;

/** What root fields take beside their own arguments. */
export interface RootArguments {
  readonly at?: { readonly position: string; readonly timeoutMs?: number | null } | null;
}

/** Opens the rows for a root field: arguments checked, the asked position reached. */
export class Reads {
  readonly #waiter: PositionWaiter;

  constructor(private readonly readModels: ReadModels) {
    this.#waiter = new PositionWaiter(readModels);
  }

  async open(args: RootArguments): Promise<Sql> {
    checkTexts(args);
    const { at } = args;
    if (at) {
      const timeoutMs = at.timeoutMs ?? DEFAULT_WAIT_MS;
      if (timeoutMs < 0 || timeoutMs > MAX_WAIT_MS)
        throw invalid({ field: 'at.timeoutMs', description: `must be 0 to ${MAX_WAIT_MS} milliseconds` });
      await this.#waiter.waitFor(at.position, timeoutMs, 'at.position');
    }
    return this.readModels.sql();
  }

  /** For fields below a root, which has waited. */
  sql(): Promise<Sql> {
    return this.readModels.sql();
  }
}
