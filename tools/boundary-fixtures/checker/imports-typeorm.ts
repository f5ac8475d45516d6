// as: apps/chaos/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "checker"
import 'typeorm';
