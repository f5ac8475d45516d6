// as: apps/agent-postgres/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "managed"
import 'typeorm';
