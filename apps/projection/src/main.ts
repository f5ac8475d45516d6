import { runAsProcess } from '@replicante/service';
import { startProjection } from './start-projection.js';

await runAsProcess('projection', startProjection);
