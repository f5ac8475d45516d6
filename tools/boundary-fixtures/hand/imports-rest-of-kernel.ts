// as: apps/replictl/src/fixture.ts
// breaks: no-restricted-imports
// says: Hands take only the error catalogue
import { clusterStream } from '@replicante/kernel';

export const stream = clusterStream('ns', 'c');
