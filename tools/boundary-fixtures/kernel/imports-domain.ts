// as: libs/kernel/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: cannot depend on any libs
import '@replicante/domain';
