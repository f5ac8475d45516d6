// as: libs/event-store/port/src/fixture.ts
// breaks: no-restricted-imports
// says: kind "port" imports our own code only
import 'pg';
