// as: libs/contracts/src/fixture.ts
import '@replicante/kernel';
import 'ajv';
