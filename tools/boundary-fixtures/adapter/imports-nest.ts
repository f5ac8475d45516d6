// as: libs/event-store/postgres/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "adapter"
import '@nestjs/common';
