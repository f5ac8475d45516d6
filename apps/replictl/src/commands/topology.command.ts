import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { HandError, toHandError, errorText } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { DOCUMENTS } from '../queries.js';
import { exitOf } from '../render/header.js';
import { topology } from '../render/topology.js';
import type { ReadModelView, TopologyView } from '../render/views.js';
import type { Bind, Hand, Name } from './hand.js';
import { named } from './hand.js';

const WATCH_EVERY_MS = 1_000;

interface Answer {
  readonly cluster: TopologyView | null;
  readonly status: { readonly readModel: ReadModelView };
}

async function look(
  hand: Hand,
  { ns, name }: Name,
): Promise<{ cluster: TopologyView; readModel: ReadModelView }> {
  const { cluster, status } = await hand.query.query<Answer>(DOCUMENTS.topology, { ns, name });
  if (cluster === null) throw new HandError('CLUSTER_NOT_FOUND', `no cluster ${ns}/${name}`);
  return { cluster, readModel: status.readModel };
}

export function registerTopology(group: Command, bind: Bind): void {
  const command = group
    .command('topology <NAME>')
    .description('the cluster as a tree, problems first; exit code 3 when it is not evaluated')
    .option('-w, --watch', 'keep showing it until Ctrl-C');
  bind(command, async hand => {
    const name = named(hand);
    if (hand.options['watch'] === true) return watch(hand, name);
    const { cluster, readModel } = await look(hand, name);
    say(hand.io, hand.format, { cluster, readModel }, () => topology(cluster, readModel, hand.paint));
    return exitOf(cluster);
  });
}

/** Redraws on a terminal; elsewhere each look is one more document. A look that fails is shown and tried again. */
async function watch(hand: Hand, name: Name): Promise<number> {
  let exit = 0;
  let first = true;
  while (!hand.io.signal.aborted) {
    try {
      const { cluster, readModel } = await look(hand, name);
      exit = exitOf(cluster);
      clear(hand);
      if (hand.format === 'json') hand.io.out(`${JSON.stringify({ cluster, readModel })}\n`);
      else if (hand.format === 'yaml') say(hand.io, hand.format, [{ cluster, readModel }], () => '');
      else hand.io.out(`${topology(cluster, readModel, hand.paint)}\n${hand.io.terminal ? '' : '\n'}`);
    } catch (error) {
      const shown = toHandError(error);
      // Nobody has seen anything yet: a wrong name or address is told at once, and ends it.
      if (first) throw shown;
      if (hand.io.signal.aborted) break;
      exit = shown.exitCode;
      clear(hand);
      hand.io.err(`${errorText(shown)}\n`);
    }
    first = false;
    await pause(hand);
  }
  return exit;
}

const clear = (hand: Hand): void => {
  if (hand.io.terminal && hand.format === 'table') hand.io.out('\u001b[H\u001b[2J');
};

/** Until the next look, or Ctrl-C. */
export async function pause(hand: Hand, ms = WATCH_EVERY_MS): Promise<void> {
  await delay(ms, undefined, { signal: hand.io.signal }).catch((error: unknown) => {
    if (!hand.io.signal.aborted) throw error;
  });
}
