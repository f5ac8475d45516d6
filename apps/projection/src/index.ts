export { startProjection } from './start-projection.js';
