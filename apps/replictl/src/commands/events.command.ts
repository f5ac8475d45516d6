import type { Command } from 'commander';
import { subscribeOnce } from '../clients/live-client.js';
import { HandError, toHandError } from '../output/hand-error.js';
import { say } from '../output/output.js';
import { DOCUMENTS } from '../queries.js';
import { eventLine } from '../render/event-line.js';
import type { EventView } from '../render/views.js';
import type { Bind, Hand, Name } from './hand.js';
import { named, optionText } from './hand.js';
import type { Page } from './pages.js';
import { oneObject } from './pages.js';
import { pause } from './topology.command.js';

const MAX_BREAKS = 10;

export function registerEvents(program: Command, bind: Bind): void {
  const command = program
    .command('events <CLUSTER>')
    .description('the recorded events of a cluster, oldest first')
    .option('--limit <N>', 'the newest N', '20')
    .option('--follow', 'then the live ones, none left out and none twice, until Ctrl-C');
  bind(command, async hand => {
    const name = named(hand);
    const written = optionText(hand, 'limit') ?? '';
    const limit = Number(written);
    // Digits alone: JavaScript takes an empty text for 0, and 0x10 for 16.
    if (!/^\d{1,3}$/.test(written) || limit > 200)
      throw new HandError('INVALID_REQUEST', '--limit is wrong', [
        { field: '--limit', description: 'write a whole number from 0 to 200' },
      ]);
    const follow = hand.options['follow'] === true;
    // With --limit 0 one event is still read: following begins after the newest.
    const variables = { ns: name.ns, name: name.name, first: Math.max(limit, 1) };
    const { page } = await hand.query.query<{ page: Page<EventView> }>(DOCUMENTS.events, variables);
    // Also before following: a misspelt name would be waited for in silence.
    if (page.nodes.length === 0)
      await oneObject(hand, 'cluster', { ns: name.ns, name: name.name }, [
        'CLUSTER_NOT_FOUND',
        `no cluster ${name.ns}/${name.name}`,
      ]);
    const recorded = [...page.nodes].reverse();
    const shown = limit === 0 ? [] : recorded;
    if (follow) {
      for (const event of shown) print(hand, event);
      return followFrom(hand, name, recorded.at(-1)?.revision ?? -1);
    }
    say(hand.io, hand.format, shown, () => shown.map(eventLine).join('\n') || 'no events');
  });
}

const print = (hand: Hand, event: EventView): void => {
  if (hand.format === 'json') hand.io.out(`${JSON.stringify(event)}\n`);
  else if (hand.format === 'yaml') say(hand.io, 'yaml', [event], () => '');
  else hand.io.out(`${eventLine(event)}\n`);
};

/** A stream's revisions have no gaps and no doubles: what was seen is known by the last one alone. */
async function followFrom(hand: Hand, { ns, name }: Name, from: number): Promise<void> {
  let seen = from;
  for (let breaks = 0; !hand.io.signal.aborted;) {
    const before = seen;
    try {
      await subscribeOnce<{ clusterEvents: EventView }>(
        hand.server,
        DOCUMENTS.follow,
        { ns, name, after: seen },
        hand.io.signal,
        ({ clusterEvents: event }) => {
          if (event.revision <= seen) return;
          seen = event.revision;
          print(hand, event);
        },
      );
    } catch (error) {
      const broken = toHandError(error);
      if (broken.code !== 'SERVICE_UNAVAILABLE') throw broken;
      breaks = seen > before ? 1 : breaks + 1;
      if (breaks > MAX_BREAKS) throw broken;
      if (!hand.io.signal.aborted) hand.io.err(`${broken.message}; resuming after revision ${seen}\n`);
    }
    // Ended or broken, and nobody asked for that: after a moment, from where it stopped.
    await pause(hand, 500 * Math.max(1, breaks));
  }
}
