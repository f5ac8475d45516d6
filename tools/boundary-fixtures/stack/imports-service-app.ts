// as: apps/stack/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: Imports of apps are forbidden
import '@replicante/app-command';
