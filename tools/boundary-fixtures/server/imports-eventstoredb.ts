// as: libs/servers/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "server"
import '@eventstore/db-client';
