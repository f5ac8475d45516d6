// as: libs/subscriptions/src/fixture.spec.ts
import '@replicante/event-store-memory';
import '@replicante/testing';
