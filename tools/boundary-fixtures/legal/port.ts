// as: libs/event-store/port/src/fixture.ts
import '@replicante/kernel';
