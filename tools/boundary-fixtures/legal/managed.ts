// as: apps/agent-postgres/src/fixture.ts
import '@replicante/agent-sdk';
import '@replicante/agent-protocol';
import 'pg';
