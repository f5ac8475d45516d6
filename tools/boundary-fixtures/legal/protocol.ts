// as: libs/agent-protocol/src/fixture.ts
import '@replicante/kernel';
import 'undici';
