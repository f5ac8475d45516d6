/** Time as the edges see it. The domain gets time in metadata instead. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for display and `recordedAt` only. */
  wallMs(): number;
  /** Monotonic milliseconds: for ages, leases and deadlines. */
  monotonicMs(): number;
}
