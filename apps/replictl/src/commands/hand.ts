import { isIPv4 } from 'node:net';
import type { Command } from 'commander';
import type { CommandAnswer, CommandClient } from '../clients/command-client.js';
import { openCommandClient } from '../clients/command-client.js';
import type { QueryClient } from '../clients/query-client.js';
import { openQueryClient } from '../clients/query-client.js';
import { HandError } from '../output/hand-error.js';
import type { Io } from '../output/io.js';
import type { Format } from '../output/output.js';
import { say } from '../output/output.js';
import { withoutPassword } from '../output/without-password.js';
import type { Paint } from '../render/paint.js';
import { ansi, plain } from '../render/paint.js';

/** What a command has at hand: the options that all share, already read. */
export interface Hand {
  readonly io: Io;
  readonly format: Format;
  readonly paint: Paint;
  readonly server: string;
  readonly namespace: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly query: QueryClient;
  readonly withCommands: <T>(work: (client: CommandClient) => Promise<T>) => Promise<T>;
}

/** Answers the exit code; nothing is 0. */
export type Run = (hand: Hand) => Promise<number | void>;
/** Binds what a command does to its place in the program. */
export type Bind = (command: Command, run: Run) => void;

export const optionText = (hand: Hand, name: string): string | undefined => {
  const value = hand.options[name];
  return typeof value === 'string' ? value : undefined;
};

export function argument(hand: Hand, index: number): string {
  const value = hand.args[index];
  if (value === undefined) throw new HandError('INVALID_REQUEST', 'an argument is missing');
  return value;
}

export interface Name {
  readonly ns: string;
  readonly name: string;
}

/** `name`, or `namespace/name`, which wins over --namespace. */
export function qualified(hand: Hand, text: string): Name {
  const [first = '', second, ...more] = text.split('/');
  if (more.length > 0 || first === '' || second === '')
    throw new HandError('INVALID_REQUEST', `${JSON.stringify(text)} is not a name`, [
      { field: 'NAME', description: 'write NAME, or NAMESPACE/NAME' },
    ]);
  return second === undefined ? { ns: hand.namespace, name: first } : { ns: first, name: second };
}

export const named = (hand: Hand): Name => qualified(hand, argument(hand, 0));

/** gRPC itself takes much more for an address, looks it up, and says after seconds that there is no such host. */
function grpcAddress(written: string): string {
  const several = written.split(',').map(address => address.trim());
  const hosts = several.map(hostOf);
  if (several.length === 1 && hosts[0] !== undefined) return written;
  if (several.length > 1 && hosts.every(host => host !== undefined && isIPv4(host))) return several.join(',');
  throw new HandError(
    'INVALID_REQUEST',
    `--grpc ${JSON.stringify(withoutPassword(written))} is not an address`,
    [
      {
        field: '--grpc',
        description: 'write host:port, without http://; of several, each as ip:port with commas between',
      },
    ],
  );
}

/** Of `host:port`; undefined when it is none. */
function hostOf(written: string): string | undefined {
  const [, host, port] = /^(\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i.exec(written) ?? [];
  return Number(port) > 0 && Number(port) < 65_536 ? host : undefined;
}

export function openHand(io: Io, options: Readonly<Record<string, unknown>>, args: readonly string[]): Hand {
  const text = (name: string, otherwise: string): string => {
    const value = options[name];
    return typeof value === 'string' ? value : otherwise;
  };
  const written = text('output', 'table');
  const format: Format = written === 'json' || written === 'yaml' ? written : 'table';
  const server = text('server', '');
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new HandError(
      'INVALID_REQUEST',
      `--server ${JSON.stringify(withoutPassword(server))} is not a URL`,
      [{ field: '--server', description: 'write http://host:port or https://host:port' }],
    );
  return {
    io,
    format,
    paint: io.terminal && format === 'table' && io.environment['NO_COLOR'] === undefined ? ansi : plain,
    server,
    namespace: text('namespace', 'default'),
    args,
    options,
    query: openQueryClient(server, io.signal),
    async withCommands(work) {
      const client = openCommandClient(grpcAddress(text('grpc', '')), io.environment['USER']);
      try {
        return await work(client);
      } finally {
        client.close();
      }
    },
  };
}

export const NOTHING_TO_DELETE = 'unchanged: there was nothing to delete';

/** Sends one command and says what came of it. */
export async function change(
  hand: Hand,
  method: string,
  request: Readonly<Record<string, unknown>>,
  done: string,
  nothing?: string,
): Promise<void> {
  const answer = await hand.withCommands(c =>
    c.send<CommandAnswer>(method, request, optionText(hand, 'commandId')),
  );
  // A stream that was never written has no revision.
  const shown = { ...answer, revision: answer.revision < 0 ? null : answer.revision };
  say(hand.io, hand.format, shown, () => answerLine(answer, done, nothing));
}

/** `ClusterSpec/default/pg applied  revision 3  position 0000042`; `nothing` when the command changed nothing. */
export function answerLine(answer: CommandAnswer, done: string, nothing?: string): string {
  // A stream that was never written has no revision that means anything.
  if (answer.revision < 0) return `${answer.ref} ${nothing ?? 'unchanged: nothing is recorded of it'}`;
  const what = answer.changed ? done : (nothing ?? 'unchanged');
  const repeated = answer.repeated ? ' (this command id was accepted before)' : '';
  return `${answer.ref} ${what}  revision ${answer.revision}  position ${answer.position}${repeated}`;
}
