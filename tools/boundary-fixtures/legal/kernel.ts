// as: libs/kernel/src/fixture.ts
import type { Clock } from './clock.js';

export const later = (clock: Clock) => new Date(clock.wallMs() + Math.floor(1.5));
