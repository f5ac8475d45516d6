/** The kernel's `Clock`, as functions that need no object. */
export const systemClock = {
  wallMs: (): number => Date.now(),
  monotonicMs: (): number => performance.now(),
} as const;
