// as: apps/command/src/fixture.int.spec.ts
import '@replicante/event-store-memory';
import '@replicante/testing';
