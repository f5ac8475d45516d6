// as: libs/testing/src/fixture.ts
import '@replicante/kernel';
import '@replicante/postgres-server';
