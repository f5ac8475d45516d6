// as: apps/chaos/src/fixture.ts
import '@eventstore/db-client';
import '@replicante/contracts';
import '@replicante/domain';
import '@replicante/postgres-server';
import '@replicante/servers';
import 'kafkajs';
import 'pg';
