// as: apps/standalone/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "standalone"
import 'typeorm';
