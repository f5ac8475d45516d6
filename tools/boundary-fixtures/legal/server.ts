// as: libs/servers/src/fixture.ts
import '@replicante/processes';
import 'kafkajs';
