import { destroy } from './destroy.js';
import { launch } from './launch.js';
import { USAGE, readOptions } from './options.js';
import { runSuite } from './run-suite.js';

launch(async () => {
  const options = readOptions(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  if (!options) return void process.stdout.write(USAGE);
  if (options.task === 'destroy') return destroy(options);
  await runSuite(options);
});
