// as: libs/servers/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: can only depend on libs tagged
import '@replicante/contracts';
