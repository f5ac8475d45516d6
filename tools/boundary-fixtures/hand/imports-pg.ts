// as: apps/replictl/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "hand"
import 'pg';
