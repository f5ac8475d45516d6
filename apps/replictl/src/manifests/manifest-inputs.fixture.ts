import {
  type FieldPath,
  fieldPaths,
  hostileText,
  singleFieldMutation,
  unicodeText,
  withField,
} from '@replicante/testing';
import fc from 'fast-check';
import { stringify } from 'yaml';

/** One text that somebody applies. */
export interface ManifestInput {
  readonly text: string;
  /** The document that was written, where it is known; `path`: its one field that was changed. */
  readonly written?: { readonly document: unknown; readonly path: FieldPath | null };
}

const manifest = (kind: string, spec: object) => ({ apiVersion: 'replicante.io/v0', kind, spec });

/** One manifest per kind that uses every field at least once. */
export const VALID: readonly unknown[] = [
  manifest('Namespace', {
    id: 'payments',
    status: 'Observed',
    tls: { ca_bundle: '-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n' },
    settings: { orchestrate: { max_naction_schedule_attempts: 8 } },
    agents: { token: { fromEnv: 'AGENT_TOKEN' } },
  }),
  manifest('Platform', {
    ns_id: 'payments',
    name: 'rack-a',
    active: false,
    discovery: { interval: 120 },
    url: {
      base_url: 'https://platform.rack-a.example:8443/api',
      tls_insecure_skip_verify: true,
      token: { fromFile: '/run/secrets/token' },
    },
  }),
  manifest('ClusterSpec', {
    ns_id: 'payments',
    cluster_id: 'ledger',
    active: true,
    interval: 30,
    platform: { name: 'rack-a', ns_id: 'infra' },
    declaration: {
      active: true,
      approval: 'required',
      graces: { expand: 2, init: 10, scale_up: 15 },
      timings_seconds: { expand: 2, init: 2, scale_up: 2, stable_after: 1 },
      initialise: {
        mode: 'SingleNode',
        action_args: { settings: { chainingAllowed: true } },
        search: { matches: { zone: ['a', 'b'] }, sort_by: ['+zone', 'node_id'], max_results: 1 },
      },
      expand: { mode: 'Add', target_member: { matches: { primaries: { op: 'Ne', value: 0 } } } },
      definition: {
        cluster_id: 'ledger',
        store: 'mongo',
        store_version: '6.0',
        attributes: { replica_set: 'ledger' },
        nodes: {
          voters: { node_class: 'large', desired_count: 3, attributes: { zone: 'a' }, store_version: '6.1' },
        },
      },
    },
  }),
  manifest('NAction', {
    ns_id: 'payments',
    cluster_id: 'ledger',
    node_id: 'ledger 0',
    action_id: '0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10',
    kind: 'agent.replicante.io/test.loop',
    args: { target: 4 },
    approval: 'required',
    metadata: { ticket: 'OPS-17' },
  }),
  manifest('OAction', {
    ns_id: 'payments',
    cluster_id: 'ledger',
    kind: 'core.replicante.io/platform.provision',
    args: { request: { count: 1, node_group_id: 'voters' } },
    timeout: { secs: 1800, nanos: 5 },
  }),
];

const anyValid = fc.constantFrom(...VALID);

/** YAML where a value belongs: each is read in some other way than it looks. */
const SNIPPETS: readonly string[] = [
  ...[
    '.nan',
    '.inf',
    '-.inf',
    '~',
    '',
    'null',
    'NULL',
    'yes',
    'on',
    '0o17',
    '0x1F',
    '1_000',
    '1e3',
    '-0',
    '012',
  ],
  ...[
    '2001-01-01',
    '9007199254740993',
    '123456789012345678901234567890',
    '"\\x00"',
    '"\\ud800"',
    '"\\U0001F600"',
  ],
  ...[
    '!!binary aGVsbG8=',
    '!!set {a, b}',
    '!!omap [a: 1]',
    '!!timestamp 2001-01-01',
    '!!str 5',
    '!!int "5"',
    '!!float 5',
  ],
  ...[
    '!local x',
    '!!python/object/apply:os.system [id]',
    '!!js/function "x"',
    '&a x',
    '*nobody',
    '&a [*a]',
    '&a {b: *a}',
  ],
  ...[
    '{<<: {id: x}}',
    '{<<: *nobody}',
    '{1: a}',
    '{? [x] : y}',
    '{? {a: b} : y}',
    '{null: a}',
    '{true: a}',
    '{a: 1, a: 2}',
  ],
  ...[
    '{1: a, "1": b}',
    '{__proto__: {polluted: true}}',
    '{constructor: {prototype: {polluted: true}}}',
    '[',
    '{',
    '"',
    "'",
    '|',
    '>-',
  ],
  ...['@x', '`x', '%x', '? x', '- x', 'a: b: c', '\tx', '[1, , 2]', '{a, b}', '"a\nb"', '# only a comment'],
  ...['-----BEGIN PRIVATE KEY-----', '"-----BEGIN RSA PRIVATE KEY-----\\nMII\\n-----END"'],
];

/** A valid document in YAML in which one field stands as somebody typed it. */
const typedInto = (document: unknown): fc.Arbitrary<ManifestInput> =>
  fc
    .tuple(
      fc.constantFrom(...fieldPaths(document)),
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...SNIPPETS) }, { weight: 1, arbitrary: hostileText }),
    )
    .map(([path, snippet]) => ({
      text: stringify(withField(document, path, 'PLACE-OF-IT')).replace('PLACE-OF-IT', () => snippet),
    }));
const typed = fc.oneof(...VALID.map(typedInto));

const mutated: fc.Arbitrary<ManifestInput> = fc
  .tuple(fc.oneof(...VALID.map(singleFieldMutation)), fc.boolean())
  .map(([{ document, path }, asJson]) => ({
    text: asJson || !isPlain(document) ? JSON.stringify(document) : stringify(document),
    written: { document, path },
  }));

/** What the YAML writer writes faithfully; the rest goes as JSON, which is YAML as well. */
const isPlain = (document: unknown): boolean =>
  !/"__proto__"|\\u|\\ud|-0|[\ud800-\udfff\ufeff\u0085\u2028\u2029]/.test(JSON.stringify(document)) &&
  !/[[{]{100}/.test(JSON.stringify(document));

const valid: fc.Arbitrary<ManifestInput> = fc
  .tuple(anyValid, fc.constantFrom('json', 'yaml', 'flow'))
  .map(([document, how]) => ({
    text:
      how === 'json'
        ? JSON.stringify(document)
        : stringify(document, how === 'flow' ? { collectionStyle: 'flow' } : {}),
    written: { document, path: null },
  }));

const repeated = (text: string, times: number): string => text.repeat(times);
const garbage: fc.Arbitrary<ManifestInput> = fc
  .oneof(
    unicodeText(400),
    fc.json({ maxDepth: 4 }),
    fc.tuple(anyValid, fc.nat(400), unicodeText(5)).map(([document, at, noise]) => {
      const text = stringify(document);
      return text.slice(0, at) + noise + text.slice(at + noise.length);
    }),
    fc.constantFrom(
      repeated('[', 500),
      repeated('- ', 500),
      repeated('{a: ', 500),
      repeated('---\n', 500),
      repeated('&a ', 500),
      `a: &a [x, x]\n${[...'bcdefghij'].map((k, i) => `${k}: &${k} [*${[...'abcdefghij'][i]}, *${[...'abcdefghij'][i]}]`).join('\n')}`,
    ),
  )
  .map(text => ({ text }));

export const manifestInputs: fc.Arbitrary<ManifestInput> = fc.oneof(
  { weight: 50, arbitrary: mutated },
  { weight: 25, arbitrary: typed },
  { weight: 10, arbitrary: garbage },
  { weight: 15, arbitrary: valid },
);
