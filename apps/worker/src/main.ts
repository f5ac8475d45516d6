import { runAsProcess } from '@replicante/service';
import { startWorker } from './start-worker.js';

await runAsProcess('worker', startWorker);
