// as: apps/standalone/src/fixture.ts
import '@replicante/app-command';
import '@replicante/service';
