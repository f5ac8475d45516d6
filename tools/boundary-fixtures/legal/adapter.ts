// as: libs/event-store/postgres/src/fixture.ts
import '@replicante/event-store';
import 'pg';
import 'node:crypto';
