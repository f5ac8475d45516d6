import { PostgresServerError } from '@replicante/postgres-server';
import { stdoutLog } from './event-log.js';
import { USAGE, UsageError, readOptions } from './options.js';
import { serve } from './serve.js';
import { purgeRetired, stopAll } from './stop-all.js';

/** Exit codes: 0 done, 1 unexpected, 2 something that the caller has to mend. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) return void process.stdout.write(USAGE);
  if (options.task === 'purge-retired') return purgeRetired(options, stdoutLog);
  if (options.task !== 'serve') return stopAll(options, stdoutLog);
  const platform = await serve(options, stdoutLog);
  const signal = await new Promise<string>(received => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => received(name));
  });
  stdoutLog('stopping', { signal, nodes: 'go on' });
  await platform.stop();
}

main().catch((error: unknown) => {
  const mendable = error instanceof UsageError || error instanceof PostgresServerError;
  const text =
    error instanceof Error ? (mendable ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`platform-local: ${text}\n`);
  process.exitCode = mendable ? 2 : 1;
});
