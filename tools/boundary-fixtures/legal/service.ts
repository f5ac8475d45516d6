// as: libs/service/src/fixture.ts
import '@replicante/event-store-postgres';
import '@replicante/command-handling';
import '@nestjs/common';
