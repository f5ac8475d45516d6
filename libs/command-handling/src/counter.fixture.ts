import type { EventStore } from '@replicante/event-store';
import type { Command, CommandEnvelope, Decider, DomainEvent } from '@replicante/kernel';
import { accept, reject } from '@replicante/kernel';
import { CommandHandler } from './command-handler.js';
import type { CommandHandlerOptions } from './handling.js';
import { StreamFolds } from './stream-folds.js';
import type { Tools } from './tools.js';

export type Add = Command<
  'Add',
  { readonly name: string; readonly times: number; readonly padding?: string }
>;
export type Added = DomainEvent<
  'test.Added.v1',
  { readonly name: string; readonly total: number; readonly padding: string }
>;
export interface Counter {
  readonly total: number;
  readonly names: readonly string[];
}
export type Total = { readonly total: number; readonly ids: readonly string[] };
interface Context {
  readonly eventId: (index: number) => string;
}

/** Counts; refuses to pass 1,000; `times: 0` changes nothing. Its answer depends on the state that it saw. */
export const counter: Decider<Counter, CommandEnvelope<Add>, Added, Context, Total> = {
  initialState: { total: 0, names: [] },
  decide: ({ command: { data } }, state, { eventId }) => {
    if (state.total + data.times > 1_000)
      return reject({ code: 'NOTHING_TO_SETTLE', message: 'no further than 1,000' });
    const events = Array.from({ length: data.times }, (_, index) => ({
      type: 'test.Added.v1' as const,
      data: { name: data.name, total: state.total + index + 1, padding: data.padding ?? '' },
      ...(index > 0 ? { causedBy: index - 1 } : {}),
    }));
    return accept<Added, Total>(events, {
      total: state.total + data.times,
      ids: events.map((_, i) => eventId(i)),
    });
  },
  evolve: (state, { event }) => ({ total: event.data.total, names: [...state.names, event.data.name] }),
};

/** FNV-1a, 12 bits in hex: enough to tell the few streams of a test apart. */
const hash = (text: string): string => {
  let value = 0x811c9dc5;
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return ((value >>> 0) & 0xfff).toString(16).padStart(3, '0');
};

/** Ids made by arithmetic on the hex of the command id: distinct per (stream, command, index), no crypto needed. */
export const tools = (clock: Tools['clock']): Tools => ({
  clock,
  eventId: (streamId, commandId, index) =>
    `${commandId.slice(0, 14)}5${commandId.slice(15, 24)}${hash(streamId)}${index.toString(16).padStart(9, '0')}`,
  deriveId: (commandId, name) => `${commandId}/${name}`,
  digest: text => text,
  wait: () => Promise.resolve(),
});

export const counterHandler = (
  store: EventStore,
  clock: Tools['clock'],
  more: Partial<CommandHandlerOptions<Counter, Add, Added, Context, Total>> = {},
): CommandHandler<Counter, Add, Added, Context, Total> => {
  const folding = { ...counter, knows: (type: string) => type === 'test.Added.v1' };
  const observer = more.observer === undefined ? {} : { observer: more.observer };
  return new CommandHandler({
    store,
    decider: counter,
    folds: new StreamFolds({ store, folding, ...observer }),
    context: (_envelope, _at, { eventId }) => ({ eventId }),
    tools: tools(clock),
    ...more,
  });
};

/** A clock that moves one millisecond each time it is read, so that no wait is ever endless. */
export const steppingClock = (startMs = Date.UTC(2026, 0, 1)): Tools['clock'] & { at: number } => {
  const clock = {
    at: startMs,
    wallMs: () => clock.at,
    monotonicMs: () => (clock.at += 1),
  };
  return clock;
};

let sequence = 0;
/** A UUIDv7 of that time. */
export function commandIdAt(ms: number): string {
  sequence += 1;
  const time = ms.toString(16).padStart(12, '0');
  const rest = sequence.toString(16).padStart(6, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3)}-000000000000`;
}
