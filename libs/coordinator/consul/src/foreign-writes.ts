import { CoordinatorError } from '@replicante/coordinator';

/** Somebody else wrote a key of ours. Got over by itself; the error is only told. */
export class ForeignWriteError extends CoordinatorError {
  constructor(
    /** The path in Consul. */
    readonly path: string,
    /** Foreign writes that this coordinator has seen so far, this one included. */
    readonly seen: number,
    what: string,
  ) {
    super('COORDINATOR_KEY_FOREIGN', `Consul key ${path} ${what} (foreign writes seen so far: ${seen})`);
  }
}

/** Tells of each foreign write once, however often the key is read until it is ours again, and counts them. */
export class ForeignWrites {
  readonly #told = new Map<string, number>();
  #seen = 0;

  constructor(private readonly onError: (error: unknown) => void) {}

  /** `modifyIndex` tells one write of a key from the next; 0 for a key that is not there. */
  tell(path: string, modifyIndex: number, what: string): void {
    if (this.#told.get(path) === modifyIndex) return;
    this.#told.set(path, modifyIndex);
    this.#seen++;
    this.onError(new ForeignWriteError(path, this.#seen, what));
  }
}
