import type { Answer } from './consumer-backend.js';
import { nextTurn } from './within.js';

const MAX_BATCH = 500;
const RETRY_MS = 200;

interface Pending {
  readonly answer: Answer;
  /** False when the answer is worth nothing any more: the task is visible to others again. */
  readonly stillOurs: () => boolean;
  readonly done: () => void;
}

/** Groups answers: while one batch is on its way, the next one gathers. */
export class AnswerWriter {
  #pending: Pending[] = [];
  #writing = false;

  constructor(
    private readonly settle: (answers: readonly Answer[]) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Resolves once it is written, or is worth nothing any more. */
  write(answer: Answer, stillOurs: () => boolean): Promise<void> {
    return new Promise(done => {
      this.#pending.push({ answer, stillOurs, done });
      if (!this.#writing) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    // Handlers that end together share a batch.
    await nextTurn();
    while (this.#pending.length > 0) {
      const batch = this.#pending.splice(0, MAX_BATCH);
      try {
        await this.settle(batch.map(({ answer }) => answer));
        for (const { done } of batch) done();
      } catch (error) {
        this.onError(error);
        const again = batch.filter(({ stillOurs, done }) => {
          const ours = stillOurs();
          if (!ours) done();
          return ours;
        });
        this.#pending.unshift(...again);
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#writing = false;
  }
}
