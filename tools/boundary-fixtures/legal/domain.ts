// as: libs/domain/src/fixture.ts
import { assertNever } from '@replicante/kernel';

export const never = assertNever;
export const day = (recordedAt: string) => new Date(recordedAt).getUTCDay();
