/**
 * Under which lease work was done (safety.md §1). Compared only within one `work`, by (epoch, token):
 * discovery and cycles of one cluster run under different leases.
 */
export interface LeaseClaim {
  /** `cycle`, or `discovery:<platform>`. */
  readonly work: string;
  /** Raised only by `replictl coordinator new-epoch`, after coordinator data was lost. */
  readonly epoch: number;
  /** From one source that grows over all lease keys of a coordinator. */
  readonly token: number;
  /** Session of the holder, for people. */
  readonly holder: string;
}

/** < 0 when `a` is older than `b`, 0 when they fence alike, > 0 when newer. */
export const compareLeases = (
  a: Pick<LeaseClaim, 'epoch' | 'token'>,
  b: Pick<LeaseClaim, 'epoch' | 'token'>,
): number => a.epoch - b.epoch || a.token - b.token;
