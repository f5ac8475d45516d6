// as: apps/command/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "app"
import 'pg';
