import { systemSessionTime } from '@replicante/coordinator';
import type { SessionTime } from '@replicante/coordinator';

export interface SuspendableTime extends SessionTime {
  /** As SIGSTOP does to a process: no timer fires, both clocks go on. */
  suspend(): void;
  resume(): void;
}

/** For tests: one client of a shared memory coordinator that can be stopped while the others go on. */
export function suspendableTime(): SuspendableTime {
  let suspended = false;
  const due = new Set<() => void>();
  return {
    wallMs: () => systemSessionTime.wallMs(),
    monotonicMs: () => systemSessionTime.monotonicMs(),
    after(ms, callback) {
      const fire = (): void => {
        if (suspended) due.add(fire);
        else callback();
      };
      const cancel = systemSessionTime.after(ms, fire);
      return () => {
        cancel();
        due.delete(fire);
      };
    },
    suspend() {
      suspended = true;
    },
    resume() {
      suspended = false;
      for (const fire of [...due]) {
        due.delete(fire);
        fire();
      }
    },
  };
}
