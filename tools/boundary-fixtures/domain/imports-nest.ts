// as: libs/domain/src/fixture.ts
// breaks: no-restricted-imports
// says: kind "domain" imports our own code only
import '@nestjs/common';
