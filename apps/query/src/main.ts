import { runAsProcess } from '@replicante/service';
import { startQuery } from './start-query.js';

await runAsProcess('query', startQuery);
