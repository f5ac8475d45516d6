import type { Command } from 'commander';
import type { CommandAnswer } from '../clients/command-client.js';
import { loadManifests } from '../manifests/load-manifests.js';
import { HandError, toHandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import type { Bind } from './hand.js';
import { answerLine, optionText } from './hand.js';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Applies documents one by one and stops at the first that is refused, saying file and line. */
export function registerApply(program: Command, bind: Bind): void {
  const command = program
    .command('apply [FILE...]')
    .description('create or replace objects from manifests: files, folders, or - for standard input')
    .option('-f, --filename <FILE>', 'a manifest, a folder of them, or - (may be repeated)', collect, [])
    .option('-r, --recursive', 'descend into folders');
  bind(command, async hand => {
    const named = hand.options['filename'];
    const paths = [...(Array.isArray(named) ? named.map(String) : []), ...hand.args];
    const manifests = await loadManifests(paths.length === 0 ? ['-'] : paths, {
      recursive: hand.options['recursive'] === true,
      readStdin: hand.io.readStdin,
    });
    const commandId = optionText(hand, 'commandId');
    if (commandId !== undefined && manifests.length > 1)
      throw new HandError(
        'INVALID_REQUEST',
        `--command-id stands for one document, and ${manifests.length} are given`,
      );
    const answers: CommandAnswer[] = [];
    await hand.withCommands(async client => {
      for (const { file, line, value } of manifests) {
        const manifest_json = JSON.stringify(value) ?? 'null';
        const answer = await client.send('Apply', { manifest_json }, commandId).catch((error: unknown) => {
          const { code, message, violations } = toHandError(error);
          throw new HandError(code, `${file}:${line}: ${message}`, violations);
        });
        answers.push(answer);
        if (hand.format === 'table') hand.io.out(`${answerLine(answer, 'applied')}\n`);
      }
    });
    if (hand.format !== 'table') say(hand.io, hand.format, answers, () => '');
  });
}
