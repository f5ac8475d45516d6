import { USAGE, readOptions } from './options.js';
import { runChaos } from './run-chaos.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (!options) return say(USAGE);
  const asked = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => asked.abort());
  const well = await runChaos(options, say, asked.signal);
  say(well ? `seed ${options.seed}: no violation` : `seed ${options.seed}: FAILED`);
  process.exitCode = well ? 0 : 1;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`chaos: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  },
);
