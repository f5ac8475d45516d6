import { destroy, launch, readOptions, say } from '@replicante/app-standalone';
import { ServerError } from '@replicante/servers';
import { Roll } from './roll.js';
import { runStack } from './run-stack.js';
import { USAGE } from './usage.js';

launch(
  async () => {
    const options = readOptions(
      process.argv.slice(2),
      process.env['INIT_CWD'] ?? process.cwd(),
      '.replicante-stack',
    );
    if (!options) return void process.stdout.write(USAGE);
    if (options.task === 'destroy') return destroy(options, root => new Roll(root).clear(say));
    await runStack(options);
  },
  error => error instanceof ServerError,
);
