// as: libs/processes/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "host"
import '@nestjs/common';
