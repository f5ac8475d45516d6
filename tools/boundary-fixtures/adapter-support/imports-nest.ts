// as: libs/postgres-client/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "adapter-support"
import '@nestjs/common';
