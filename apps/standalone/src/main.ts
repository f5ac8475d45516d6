import { PostgresServerError } from '@replicante/postgres-server';
import { destroy } from './destroy.js';
import { USAGE, UsageError, readOptions } from './options.js';
import { runSuite } from './run-suite.js';

/** Exit codes: 0 stopped as asked, 1 unexpected, 2 something that the caller has to mend. */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  if (!options) return void process.stdout.write(USAGE);
  if (options.task === 'destroy') return destroy(options);
  await runSuite(options);
}

main().then(
  () => process.exit(process.exitCode ?? 0),
  (error: unknown) => {
    const mendable =
      error instanceof UsageError || error instanceof PostgresServerError || isOfConfiguration(error);
    const described =
      error instanceof Error ? (mendable ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`replicante: ${described}\n`);
    process.exit(mendable ? 2 : 1);
  },
);

/** By its code: the class would load all services before the first word. */
function isOfConfiguration(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONFIGURATION_INVALID';
}
