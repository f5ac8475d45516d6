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
