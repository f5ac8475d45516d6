export type {
  Coordinator,
  CoordinatorCapabilities,
  CoordinatorErrorCode,
  Lease,
  LeaseView,
  Member,
  Session,
  SessionOptions,
} from './coordinator.port.js';
export { CoordinatorError } from './coordinator.port.js';
export { systemSessionTime } from './session-time.js';
export type { SessionTime } from './session-time.js';
export type { LeaseGrant, Renewal, SessionBackend } from './session-backend.js';
export { SessionKeeper } from './session-keeper.js';
export type { SessionKeeperOptions } from './session-keeper.js';
