// as: apps/bench/src/fixture.ts
import '@replicante/event-store-postgres';
import '@replicante/testing';
import 'pg';
