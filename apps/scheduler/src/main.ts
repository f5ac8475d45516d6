import { runAsProcess } from '@replicante/service';
import { startScheduler } from './start-scheduler.js';

await runAsProcess('scheduler', startScheduler);
