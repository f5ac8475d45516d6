// as: libs/agent-sdk/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "sdk"
import 'pg';
