// as: libs/testing/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "testing"
import '@nestjs/common';
