import { Command, CommanderError, Option } from 'commander';
import { registerApply } from './commands/apply.command.js';
import { registerCluster } from './commands/cluster.commands.js';
import { registerEvents } from './commands/events.command.js';
import {
  registerActions,
  registerGet,
  registerNamespace,
  registerPlatform,
} from './commands/get.commands.js';
import type { Bind } from './commands/hand.js';
import { openHand } from './commands/hand.js';
import { registerStatus } from './commands/status.commands.js';
import { registerWait } from './commands/wait.command.js';
import { errorText, toHandError } from './output/hand-error.js';
import type { Io } from './output/io.js';
import { withoutPassword } from './output/without-password.js';

/** Exit code of a command line that cannot be read: bad input, as in the error catalogue. */
const WRONG_COMMAND_LINE = 2;

function globalOptions(program: Command, io: Io): void {
  const of = (flags: string, description: string, variable: string, otherwise: string): Option =>
    new Option(flags, `${description} (env ${variable})`).default(io.environment[variable] ?? otherwise);
  program
    .addOption(of('--server <URL>', 'query service', 'REPLICTL_SERVER', 'http://127.0.0.1:16016'))
    .addOption(
      of(
        '--grpc <ADDRESS>',
        'command service: host:port, or several ip:port,ip:port',
        'REPLICTL_GRPC',
        '127.0.0.1:16017',
      ),
    )
    .addOption(of('-n, --namespace <NAME>', 'namespace', 'RCTL_NAMESPACE', 'default'))
    .option(
      '-c, --cluster <NAME>',
      'cluster of nodes and actions (env RCTL_CLUSTER)',
      io.environment['RCTL_CLUSTER'],
    )
    .option('--node <ID>', 'node of actions (env RCTL_NODE)', io.environment['RCTL_NODE'])
    .addOption(
      new Option('-o, --output <FORMAT>', 'output').choices(['table', 'json', 'yaml']).default('table'),
    )
    .addOption(new Option('--format <FORMAT>', "upstream's name of --output").choices(['human', 'json']))
    .option('--command-id <UUID>', 'repeat a change under the id that an earlier try printed');
}

/** Runs one command line. Never throws; answers the exit code (docs/errors.md). */
export async function runReplictl(args: readonly string[], io: Io): Promise<number> {
  let exit = 0;
  const program = new Command('replictl')
    .description('the hand of Replicante: gRPC for changes, GraphQL for answers')
    .showHelpAfterError('(try --help)')
    .exitOverride()
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      // A command line that cannot be read is an error with a code, as every other.
      outputError: (text, write) => write(withoutPassword(text).replace(/^error: /, 'INVALID_REQUEST: ')),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  globalOptions(program, io);

  const bind: Bind = (command, run) => {
    command.action(async () => {
      const written = command.optsWithGlobals<Readonly<Record<string, unknown>>>();
      const format = written['format'];
      const output = format === undefined ? written['output'] : format === 'json' ? 'json' : 'table';
      exit = (await run(openHand(io, { ...written, output }, command.args))) ?? 0;
    });
  };
  for (const register of [
    registerApply,
    registerGet,
    registerNamespace,
    registerPlatform,
    registerCluster,
    registerActions,
    registerEvents,
    registerWait,
    registerStatus,
  ])
    register(program, bind);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return exit;
  } catch (error) {
    // Commander has printed its own sentence, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_COMMAND_LINE;
    const shown = toHandError(error);
    io.err(`${errorText(shown)}\n`);
    return shown.exitCode;
  }
}
