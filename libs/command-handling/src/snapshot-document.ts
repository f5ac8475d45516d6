import type { StoredSnapshot } from '@replicante/snapshot-store';
import type { CommandEntry, KeptCommands } from './command-memory.js';
import { stateOf, stateText } from './snapshot-text.js';

/**
 * Raised with every change of what follows: a snapshot of another format is passed over. (What the state itself is, is
 * told by the evolve version.)
 */
const FORMAT = 1;

/** Commands of one line, which is written, or read, between two turns of the event loop: some milliseconds. */
const LINE = 2_000;

/** A fold at one moment; what is folded later does not change it. */
export interface CapturedFold {
  readonly streamId: string;
  readonly revision: number;
  readonly eventId: string;
  readonly state: unknown;
  readonly commands: readonly (readonly [id: string, entry: CommandEntry])[];
}

/** The state's text: a line that is read at once, then the state. */
interface Header {
  readonly format: number;
  readonly commands: number;
  readonly highest: string;
}

type Row = [
  id: string,
  events: number,
  revision: number,
  position: string,
  recordedMs: number,
  digest: string | null,
  ...answer: unknown[],
];

const rowOf = (id: string, { events, revision, position, recordedMs, accepted }: CommandEntry): Row => [
  id,
  events,
  revision,
  position,
  recordedMs,
  accepted?.digest ?? null,
  // An answer may be null, or nothing at all.
  ...(accepted?.answer === undefined ? [] : [accepted.answer]),
];

const entryOf = ([id, events, revision, position, recordedMs, digest, ...answer]: Row): [
  string,
  CommandEntry,
] => [
  id,
  {
    events,
    revision,
    position,
    recordedMs,
    ...(digest === null ? {} : { accepted: { digest, answer: answer[0] } }),
  },
];

/** `pause` lets others have their turn: a busy stream's commands are a hundred thousand. */
export async function snapshotTexts(
  { state, commands }: CapturedFold,
  pause: () => Promise<void>,
): Promise<{ readonly state: string; readonly commands: string }> {
  const lines: string[] = [];
  let highest = '';
  for (let from = 0; from < commands.length; from += LINE) {
    const rows = commands.slice(from, from + LINE).map(([id, entry]) => {
      if (id > highest) highest = id;
      return rowOf(id, entry);
    });
    lines.push(JSON.stringify(rows));
    await pause();
  }
  const text = lines.join('\n');
  const header: Header = { format: FORMAT, commands: commands.length, highest };
  return { state: `${JSON.stringify(header)}\n${await stateText(state, pause)}`, commands: text };
}

/** What a fold goes on from. */
export interface ReadSnapshot {
  readonly revision: number;
  readonly eventId: string;
  readonly state: unknown;
  readonly commands: KeptCommands;
}

/** `undefined`: of another format. Throws for what no release of ours wrote. */
export function readSnapshot(stored: StoredSnapshot): ReadSnapshot | undefined {
  const end = stored.state.indexOf('\n');
  const header = JSON.parse(stored.state.slice(0, end)) as Header;
  if (header.format !== FORMAT) return undefined;
  const { revision, eventId } = stored;
  return {
    revision,
    eventId,
    state: stateOf(stored.state.slice(end + 1)),
    commands: {
      count: header.commands,
      highest: header.highest,
      *lines() {
        for (const line of stored.commands().split('\n')) yield (JSON.parse(line) as Row[]).map(entryOf);
      },
    },
  };
}
