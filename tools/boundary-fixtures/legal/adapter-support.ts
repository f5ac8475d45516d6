// as: libs/postgres-client/src/fixture.ts
import '@replicante/kernel';
import 'pg';
