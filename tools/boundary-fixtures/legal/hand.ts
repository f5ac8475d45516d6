// as: apps/replictl/src/fixture.ts
import { ERROR_CATALOGUE } from '@replicante/kernel';
import '@replicante/contracts';

export const codes = Object.keys(ERROR_CATALOGUE);
