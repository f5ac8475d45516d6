import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { jsonLinesLog } from '@replicante/agent-sdk';
import { messageOf } from '@replicante/processes';
import { startPostgresAgent } from './agent-postgres.js';

const { values } = parseArgs({ options: { 'node-dir': { type: 'string' } } });
const log = jsonLinesLog(line => process.stdout.write(line));

try {
  const nodeDir = values['node-dir'];
  if (nodeDir === undefined) throw new Error('say which node: --node-dir <folder>');
  const agent = await startPostgresAgent(resolve(nodeDir), log);
  const stop = (signal: string): void => {
    log.info('agent stops', { signal });
    agent.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('agent could not stop in order', { error_msg: messageOf(error) });
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  log.error('agent could not start', { error_msg: messageOf(error) });
  process.exit(1);
}
