// as: libs/processes/src/fixture.ts
import '@replicante/kernel';
import 'node:fs/promises';
