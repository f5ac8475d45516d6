// as: libs/domain/src/fixture.spec.ts
// breaks: no-restricted-imports
// says: waits on a condition
import { setTimeout } from 'node:timers/promises';

await setTimeout(1);
