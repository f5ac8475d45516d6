// as: libs/service/src/fixture.ts
// breaks: @nx/enforce-module-boundaries
// says: Only packages defined in the "package.json"
import 'semver';
