import { hostileText, unicodeText } from '@replicante/testing';
import fc from 'fast-check';

/** One command line, what stands in the environment, and what comes on standard input. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string;
  /** It is right: it must succeed. */
  readonly valid: boolean;
}

const MANIFEST = 'apiVersion: replicante.io/v0\nkind: Namespace\nspec: {id: a}\n';
const UUID = '01890000-0000-7000-8000-000000000000';

/** Every command, each with every option of its own. `$FILE` is a manifest that is there. */
const COMMANDS: readonly (readonly string[])[] = [
  ['apply'],
  ['apply', '-'],
  ['apply', '$FILE'],
  ['apply', '-f', '$FILE', '--recursive'],
  ['apply', '-f', '$FILE', '--command-id', UUID],
  ...['namespace', 'platform', 'cluster', 'node', 'action', 'n-action', 'o-action'].flatMap(kind => [
    ['get', kind],
    ['list', kind],
    ['get', kind, 'pg', '-c', 'pg'],
  ]),
  ...['list', 'get pg', 'delete pg'].map(verb => ['namespace', ...verb.split(' ')]),
  ...['list', 'get pg', 'discover pg', 'delete pg', 'accept-discovery pg'].map(verb => [
    'platform',
    ...verb.split(' '),
  ]),
  ...[
    'list',
    'get pg',
    'topology pg',
    'explain pg',
    'discovery pg',
    'report pg',
    'orchestrate pg',
    'delete pg',
  ].map(verb => ['cluster', ...verb.split(' ')]),
  ['cluster', 'explain', 'pg', '--rule', 'cluster-init', '--subject', 'cluster', '--all'],
  ['cluster', 'reinitialise', 'pg', '--accept-data-loss'],
  ['cluster', 'retry', 'pg', '--rule', 'cluster-init', '--subject', 'cluster'],
  ['cluster', 'settle', 'pg', '--attempt', 'a-1', '--provisioned'],
  ['cluster', 'settle', 'pg', '--attempt', 'a-1', '--not-provisioned'],
  ...['action', 'n-action', 'o-action'].flatMap(group =>
    [
      'list --unfinished',
      'list --no-all',
      'list --all-nodes',
      'get 0a',
      'approve 0a',
      'reject 0a',
      'cancel 0a',
    ].map(verb => [group, ...verb.split(' '), '-c', 'pg']),
  ),
  ['events', 'pg', '--limit', '5'],
  ['wait', 'pg', '--for', 'converged', '--timeout', '1ms', '--spec-revision', '1', '--position', '42'],
  ['status'],
  ['coordinator', 'new-epoch', '--reason', 'a test'],
];

const globalOptions = fc.constantFrom<readonly string[]>(
  [],
  ['-o', 'json'],
  ['-o', 'yaml'],
  ['--format', 'human'],
  ['-n', 'default'],
  ['--node', 'n'],
);

/** What a person's finger, a script's empty variable, or an attacker puts in the place of a word. */
const word = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '-',
      '--',
      '-x',
      '--nope',
      '--output',
      '-o',
      '-h',
      '--help',
      'help',
      '--version',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'a/b',
      'a/b/c',
      'a/',
      '/a',
      '0x10',
      '1e3',
      '-1',
      ' 5',
      '٣',
      'Infinity',
      '1h',
      '0',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        'http://',
        'http://[',
        'ftp://a',
        'file:///etc/passwd',
        'http://127.0.0.1:1',
        'http://127.0.0.1:99999',
        'http://user:secret@127.0.0.1:1/?q#f',
      ],
      ...['unix:///nowhere', 'dns:///', '127.0.0.1:99999', ':::', '[::1', 'a:b:c', '%', 'ipv4:x'],
      ...[
        '/proc/self/mem',
        '/dev/null',
        '/nowhere/at/all',
        '$FILE/x',
        '$BINARY',
        '$EMPTY',
        '$FOLDER',
        '$LARGE',
      ],
    ),
  },
);

type Change = (args: readonly string[], at: number, word: string) => readonly string[];
const CHANGES: readonly Change[] = [
  (args, at, other) => args.with(at % args.length, other),
  (args, at) => args.toSpliced(at % args.length, 1),
  (args, at, other) => args.toSpliced(at % (args.length + 1), 0, other),
  (args, at) => args.toSpliced(at % args.length, 0, args[at % args.length] ?? ''),
  (args, at) => args.map((arg, index) => (index === at % args.length ? arg.toUpperCase() : arg)),
  (args, _, other) => [...args, `--cluster=${other}`],
  (args, _, other) => [...args, '--command-id', other],
  (args, _, other) => [...args, '--namespace', other],
  (args, _, other) => [...args, '--server', other],
];

const whole = fc
  .tuple(fc.constantFrom(...COMMANDS), globalOptions)
  .map(([command, options]) => [...command, ...options]);

const valid: fc.Arbitrary<CommandLine> = whole.map(args => ({
  args,
  environment: {},
  stdin: MANIFEST,
  valid: true,
}));

const changed: fc.Arbitrary<CommandLine> = fc
  .tuple(whole, fc.constantFrom(...CHANGES), fc.nat(12), word)
  .map(([args, change, at, other]) => ({
    args: change(args, at, other),
    environment: {},
    stdin: MANIFEST,
    valid: false,
  }));

const variable = fc.constantFrom(
  'REPLICTL_SERVER',
  'RCTL_NAMESPACE',
  'RCTL_CLUSTER',
  'RCTL_NODE',
  'USER',
  'NO_COLOR',
);
const inEnvironment: fc.Arbitrary<CommandLine> = fc
  .tuple(whole, variable, word)
  .map(([args, name, value]) => ({ args, environment: { [name]: value }, stdin: MANIFEST, valid: false }));

/** Few: each is tried again for seconds. */
const elsewhere: fc.Arbitrary<CommandLine> = fc
  .tuple(whole, word)
  .map(([args, value]) => ({ args, environment: { REPLICTL_GRPC: value }, stdin: MANIFEST, valid: false }));

const onStdin: fc.Arbitrary<CommandLine> = fc
  .tuple(
    fc.constantFrom<readonly string[]>(['apply'], ['apply', '-'], ['apply', '-', '-o', 'json']),
    fc.oneof(hostileText, fc.json(), unicodeText(200)),
  )
  .map(([args, stdin]) => ({ args, environment: {}, stdin, valid: false }));

const anything: fc.Arbitrary<CommandLine> = fc
  .array(fc.oneof(word, fc.constantFrom(...new Set(COMMANDS.flat()))), { maxLength: 8 })
  .map(args => ({ args, environment: {}, stdin: '', valid: false }));

export const commandLines: fc.Arbitrary<CommandLine> = fc.oneof(
  { weight: 450, arbitrary: changed },
  { weight: 5, arbitrary: elsewhere },
  { weight: 95, arbitrary: inEnvironment },
  { weight: 100, arbitrary: onStdin },
  { weight: 150, arbitrary: anything },
  { weight: 200, arbitrary: valid },
);
