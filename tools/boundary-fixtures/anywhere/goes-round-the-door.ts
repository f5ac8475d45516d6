// as: libs/domain/src/fixture.ts
// breaks: @nx/enforce-module-boundaries, no-restricted-imports
// says: the only door
import '@replicante/kernel/src/clock.js';
