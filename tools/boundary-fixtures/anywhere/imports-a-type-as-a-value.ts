// as: libs/service/src/fixture.ts
// breaks: @typescript-eslint/consistent-type-imports
// says: import type
import { Clock } from '@replicante/kernel';

export const now = (clock: Clock) => clock.wallMs();
