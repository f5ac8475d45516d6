// as: libs/event-store/postgres/src/fixture.contract.spec.ts
import '@replicante/event-store-contract';
import '@replicante/testing';
