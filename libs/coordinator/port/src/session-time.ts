import type { Clock } from '@replicante/kernel';

/** Time as a session needs it: two clocks and a timer. Tests hand in one that they can suspend. */
export interface SessionTime extends Clock {
  /** Calls back once, not before so many milliseconds; answers how to call it off. */
  after(ms: number, callback: () => void): () => void;
}

export const systemSessionTime: SessionTime = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};
