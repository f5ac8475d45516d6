// as: libs/event-store/contract/src/fixture.ts
import '@replicante/event-store';
import '@replicante/testing';
import '@jest/globals';
