// as: apps/chaos/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: can only depend on libs tagged
import '@replicante/command-handling';
