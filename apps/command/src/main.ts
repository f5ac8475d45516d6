import { runAsProcess } from '@replicante/service';
import { startCommand } from './start-command.js';

await runAsProcess('command', startCommand);
