import type { Command } from 'commander';
import { HandError, toHandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { DOCUMENTS } from '../queries.js';
import { header } from '../render/header.js';
import type { HeaderView, ReadModelView } from '../render/views.js';
import type { Bind, Hand, Name } from './hand.js';
import { named, optionText } from './hand.js';
import { pause } from './topology.command.js';

const LOOK_EVERY_MS = 500;

interface Answer {
  readonly cluster: HeaderView | null;
  readonly status: { readonly readModel: ReadModelView };
}

export function registerWait(program: Command, bind: Bind): void {
  const command = program
    .command('wait <CLUSTER>')
    .description('until the cluster is converged; exit code 3 when it is not in time')
    .requiredOption('--for <WHAT>', 'converged')
    .option('--timeout <TIME>', 'a number of seconds, or with a unit: 90s, 2m, 1h', '120s')
    .option('--position <POSITION>', 'for what was applied at this position, as `apply` printed it')
    .option('--spec-revision <R>', 'for this revision of the spec or a later one, as `apply` printed it');
  bind(command, async hand => {
    if (optionText(hand, 'for') !== 'converged')
      throw new HandError('INVALID_REQUEST', '--for is wrong', [
        { field: '--for', description: 'write converged' },
      ]);
    const name = named(hand);
    const timeout = duration(optionText(hand, 'timeout') ?? '');
    const revision = specRevision(hand);
    const found = await until(hand, name, timeout, revision);
    say(hand.io, hand.format, found, () => header(found.cluster, found.readModel, hand.paint));
  });
}

/** Milliseconds of `90s`, `2m`, `1h`, `500ms` or plain seconds. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? 's'];
  if (digits === undefined || factor === undefined)
    throw new HandError('INVALID_REQUEST', `${JSON.stringify(text)} is not a time`, [
      { field: '--timeout', description: 'write a number of seconds, or with a unit: 90s, 2m, 1h' },
    ]);
  return Number(digits) * factor;
}

function specRevision(hand: Hand): number {
  const written = optionText(hand, 'specRevision');
  if (written === undefined) return -1;
  if (!/^\d{1,15}$/.test(written))
    throw new HandError('INVALID_REQUEST', '--spec-revision is wrong', [
      { field: '--spec-revision', description: 'write the revision that `apply` printed' },
    ]);
  return Number(written);
}

async function until(hand: Hand, { ns, name }: Name, timeoutMs: number, revision: number) {
  const end = performance.now() + timeoutMs;
  const position = optionText(hand, 'position');
  const at = position === undefined ? null : { position };
  let last = 'nothing was seen of it';
  while (!hand.io.signal.aborted) {
    try {
      const { cluster, status } = await hand.query.query<Answer>(DOCUMENTS.header, { ns, name, at });
      if (cluster === null) throw new HandError('CLUSTER_NOT_FOUND', `no cluster ${ns}/${name}`);
      // Of the spec as these rows show it, which with --position is at least the applied one.
      const wanted = Math.max(revision, cluster.specRevision ?? 0);
      const { converged, observedSpecRevision, waitsFor } = cluster.convergence;
      if (cluster.evaluated && converged && (observedSpecRevision ?? -1) >= wanted)
        return { cluster, readModel: status.readModel };
      last = cluster.evaluated
        ? waitsFor.join('; ') || `a cycle of spec revision ${wanted}`
        : 'not evaluated';
    } catch (error) {
      const failed = toHandError(error);
      // A service that restarts, or rows that are behind, are what waiting is for; all else will not get better.
      if (failed.code !== 'SERVICE_UNAVAILABLE' && failed.code !== 'POSITION_NOT_REACHED') throw failed;
      last = failed.message;
    }
    if (performance.now() >= end) break;
    await pause(hand, Math.min(LOOK_EVERY_MS, Math.max(0, end - performance.now())));
  }
  throw new HandError('NOT_CONVERGED', `${ns}/${name} is not converged: ${last}`);
}
