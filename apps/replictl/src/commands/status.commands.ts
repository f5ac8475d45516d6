import type { Command } from 'commander';
import { HandError, toHandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { table } from '../output/table.js';
import { DOCUMENTS } from '../queries.js';
import { age, count } from '../render/age.js';
import { exitOf, headerLine, lag } from '../render/header.js';
import type { Paint } from '../render/paint.js';
import type { HeaderView } from '../render/views.js';
import type { Bind, Hand } from './hand.js';
import { optionText } from './hand.js';
import { allPages } from './pages.js';

const MOST_SHOWN = 20;

interface Subscription {
  readonly name: string;
  readonly state: string;
  readonly position: string | null;
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
      ['SUBSCRIPTION', 'STATE', 'POSITION', 'LAG', 'DEAD LETTERS', 'MESSAGE'],
      status.subscriptions.map(s => [
        s.name,
        s.state,
        s.position,
        s.lag?.toString(),
        String(s.deadLetters),
        s.message,
      ]),
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

const late = (cluster: HeaderView): boolean => cluster.active && exitOf(cluster) !== 0;
/** Not evaluated first, what nobody evaluates last. */
const rank = (cluster: HeaderView): number => (late(cluster) ? 0 : cluster.active ? 1 : 2);

/** An error instead of clusters: how the suite does is worth most when their rows cannot be had. */
async function clustersOf(hand: Hand): Promise<readonly HeaderView[] | HandError> {
  try {
    const clusters = await allPages<HeaderView>(hand, 'headers', {});
    return [...clusters].sort((a, b) => rank(a) - rank(b));
  } catch (error) {
    return toHandError(error);
  }
}

function clusterLines(clusters: readonly HeaderView[] | null, paint: Paint): readonly string[] {
  if (clusters === null) return [unknown('clusters')];
  if (clusters.length === 0) return ['no clusters'];
  const more = clusters.length - MOST_SHOWN;
  return [
    ...clusters.slice(0, MOST_SHOWN).map(cluster => headerLine(cluster, paint)),
    ...(more > 0 ? [`… and ${count(more, 'more cluster')}: replictl cluster list`] : []),
  ];
}

export function registerStatus(program: Command, bind: Bind): void {
  bind(
    program
      .command('status')
      .description('how the suite itself does; exit code 3 when a cluster that is active is not evaluated'),
    async hand => {
      const { status } = await hand.query.query<{ status: Status }>(DOCUMENTS.status, {});
      const found = await clustersOf(hand);
      const clusters = found instanceof HandError ? null : found;
      say(hand.io, hand.format, { ...status, clusters }, () =>
        [...clusterLines(clusters, hand.paint), lag(status.readModel, hand.paint).trim(), human(status)].join(
          '\n',
        ),
      );
      if (found instanceof HandError) throw found;
      return found.some(late) ? 3 : 0;
    },
  );
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
