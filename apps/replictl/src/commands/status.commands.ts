import type { Command } from 'commander';
import { HandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { table } from '../output/table.js';
import { DOCUMENTS } from '../queries.js';
import { age } from '../render/age.js';
import type { Bind } from './hand.js';
import { optionText } from './hand.js';

interface Subscription {
  readonly name: string;
  readonly state: string;
  readonly lag: number | null;
  readonly message: string | null;
  readonly deadLetters: number;
}
interface Status {
  readonly head: string | null;
  readonly readModel: Subscription;
  readonly subscriptions: readonly Subscription[];
  readonly leases:
    | readonly {
        readonly key: string;
        readonly holderName: string;
        readonly epoch: number;
        readonly token: string;
      }[]
    | null;
  readonly members:
    readonly { readonly service: string; readonly name: string; readonly sessionId: string }[] | null;
  readonly queue: {
    readonly depth: number;
    readonly running: number;
    readonly oldestReadyAgeMs: number;
    readonly deadLetters: number;
    readonly ended: Readonly<Record<string, number>>;
  } | null;
}

const unknown = (what: string): string => `${what}: not known, it does not answer`;

function human(status: Status): string {
  const { queue } = status;
  const ended =
    queue === null
      ? ''
      : Object.entries(queue.ended)
          .map(([how, n]) => `${n} ${how}`)
          .join(', ');
  return [
    `event store head ${status.head ?? 'none'}`,
    '',
    table(
      ['SUBSCRIPTION', 'STATE', 'LAG', 'DEAD LETTERS', 'MESSAGE'],
      status.subscriptions.map(s => [s.name, s.state, s.lag?.toString(), String(s.deadLetters), s.message]),
    ),
    '',
    status.leases === null
      ? unknown('leases')
      : table(
          ['LEASE', 'HOLDER', 'EPOCH', 'TOKEN'],
          status.leases.map(l => [l.key, l.holderName, String(l.epoch), l.token]),
        ),
    '',
    status.members === null
      ? unknown('members')
      : table(
          ['SERVICE', 'INSTANCE', 'SESSION'],
          status.members.map(m => [m.service, m.name, m.sessionId]),
        ),
    '',
    queue === null
      ? unknown('task queue')
      : `task queue: ${queue.depth} waiting (oldest ${age(queue.oldestReadyAgeMs / 1000)}), ${queue.running} running, ${queue.deadLetters} dead letters; ended: ${ended}`,
  ].join('\n');
}

export function registerStatus(program: Command, bind: Bind): void {
  bind(program.command('status').description('how the suite itself does'), async hand => {
    const { status } = await hand.query.query<{ status: Status }>(DOCUMENTS.status, {});
    say(hand.io, hand.format, status, () => human(status));
  });
  const coordinator = program.command('coordinator').description('the coordinator of leases');
  bind(
    coordinator
      .command('new-epoch')
      .description('begin a new epoch of fencing tokens, after coordinator data was lost')
      .requiredOption('--reason <TEXT>', 'why, for the record'),
    async hand => {
      const reason = optionText(hand, 'reason') ?? '';
      if (reason.trim() === '') throw new HandError('INVALID_REQUEST', '--reason is empty; say why');
      const answer = await hand.withCommands(client =>
        client.send<{ epoch: number }>('NewCoordinatorEpoch', { reason }, optionText(hand, 'commandId')),
      );
      say(hand.io, hand.format, answer, () => `epoch ${answer.epoch} begun`);
    },
  );
}
