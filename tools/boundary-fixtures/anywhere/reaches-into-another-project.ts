// as: libs/domain/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: cannot be imported by a relative
import '../../kernel/src/index.js';
