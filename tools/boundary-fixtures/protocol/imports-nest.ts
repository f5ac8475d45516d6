// as: libs/agent-protocol/src/fixture.ts
// breaks: no-restricted-imports
// says: Not for a project of kind "protocol"
import '@nestjs/common';
