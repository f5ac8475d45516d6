// as: libs/contracts/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "contracts"
import '@nestjs/common';
