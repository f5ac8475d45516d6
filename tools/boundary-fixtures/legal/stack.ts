// as: apps/stack/src/fixture.ts
import '@replicante/app-standalone';
import '@replicante/servers';
import '@replicante/service';
