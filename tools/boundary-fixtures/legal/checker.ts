// as: apps/chaos/src/fixture.ts
import '@replicante/contracts';
import '@replicante/postgres-server';
import 'pg';
