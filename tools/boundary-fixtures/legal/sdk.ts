// as: libs/agent-sdk/src/fixture.ts
import '@replicante/agent-protocol';
import '@replicante/processes';
