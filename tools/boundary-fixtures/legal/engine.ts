// as: libs/subscriptions/src/fixture.ts
import '@replicante/event-store';
import '@replicante/coordinator';

export const later = (run: () => void) => setTimeout(run, 1);
