// as: apps/command/src/fixture.ts
import '@replicante/domain';
import '@replicante/service';
import '@nestjs/common';
