export { coordinatorContract } from './coordinator.contract.js';
export type { CoordinatorHarness, HolderState, Outage, SuspendableHolder } from './coordinator-harness.js';
export { startLeaseHolderProcess, typescriptHooks } from './lease-holder-process.js';
