// as: libs/event-store/contract/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "suite"
import 'pg';
