import { RejectedError } from '@replicante/kernel';
import type { ReadModels } from './read-models.js';

/** Between two looks at the checkpoint, which all who wait share. */
const LOOK_EVERY_MS = 15;

const PRINTABLE = /^[\x21-\x7e]{1,128}$/;

export const positionInvalid = (field: string) =>
  new RejectedError({
    code: 'POSITION_INVALID',
    message: 'The position is not one that this system answers.',
    violations: [
      { field, description: 'Pass the position of a command’s answer or of an event, unchanged.' },
    ],
  });

/** Lets many queries wait for the read model with one look at the checkpoint at a time. */
export class PositionWaiter {
  #reached: string | null = null;
  #looking: Promise<void> | undefined;

  constructor(private readonly readModels: Pick<ReadModels, 'position'>) {}

  /**
   * Resolves when the rows show `position`. Rejects with `POSITION_NOT_REACHED` after `timeoutMs`, with
   * `POSITION_INVALID` (naming `field`) for what cannot be a position of this store.
   */
  async waitFor(position: string, timeoutMs: number, field: string): Promise<void> {
    if (!PRINTABLE.test(position)) throw positionInvalid(field);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.#shows(position, field)) return;
      await this.#look();
      if (this.#shows(position, field)) return;
      if (performance.now() >= deadline) throw this.#notReached(position, timeoutMs);
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  /** Positions of one store sort as texts, so they are of one length and one alphabet. */
  #shows(position: string, field: string): boolean {
    if (this.#reached === null) return false;
    if (shapeOf(position) !== shapeOf(this.#reached)) throw positionInvalid(field);
    return position <= this.#reached;
  }

  #look(): Promise<void> {
    this.#looking ??= this.readModels
      .position()
      .then(position => {
        this.#reached = position;
      })
      .finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  #notReached(position: string, timeoutMs: number) {
    return new RejectedError({
      code: 'POSITION_NOT_REACHED',
      message: `The read model shows ${this.#reached ?? 'nothing'} and did not reach ${position} within ${timeoutMs} ms.`,
      details: { position, reached: this.#reached },
    });
  }
}

const shapeOf = (position: string): string => position.replaceAll(/[0-9]/g, '0').replaceAll(/[A-Fa-f]/g, 'a');
