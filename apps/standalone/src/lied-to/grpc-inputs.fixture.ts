import { decodeManifest } from '@replicante/contracts';
import { hostileText, singleFieldMutation } from '@replicante/testing';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { CALLS, type Call } from './grpc-fields.fixture.js';

/** One input of the gRPC surface; `id` stands for a command id made when it is sent. */
export type GrpcInput =
  | {
      readonly kind: 'fields';
      readonly method: string;
      readonly values: Readonly<Record<string, unknown>>;
      /** Paths whose values break the field's rule. */
      readonly wrong: readonly string[];
    }
  | {
      readonly kind: 'manifest';
      readonly text: string;
      readonly verdict: 'fits' | 'does not fit' | 'too long';
    }
  | {
      readonly kind: 'bytes';
      readonly method: string;
      readonly values: Readonly<Record<string, unknown>>;
      readonly damage: Damage;
    }
  | { readonly kind: 'valid'; readonly manifest: unknown; readonly twice: boolean }
  | { readonly kind: 'huge'; readonly bytes: number };

export type Damage =
  | { readonly how: 'cut' | 'flip' | 'double'; readonly at: number }
  | { readonly how: 'append'; readonly bytes: readonly number[] };

const MISSING = Symbol('missing');

const validValues = ({ fields }: Call) =>
  fc.record(Object.fromEntries(Object.entries(fields).map(([path, kind]) => [path, kind.valid])));

/** Half: a call whose one field is hostile or missing. The rest: any valid values. */
const fieldsOf = (call: Call): fc.Arbitrary<GrpcInput> => {
  const mutation = fc.oneof(
    ...Object.entries(call.fields).map(([path, { hostile }]) =>
      fc
        .oneof({ weight: 6, arbitrary: hostile }, { weight: 1, arbitrary: fc.constant<unknown>(MISSING) })
        .map(value => ({ path, value })),
    ),
  );
  return fc.tuple(validValues(call), fc.option(mutation, { freq: 4 })).map(([valid, mutated]) => {
    const values: Record<string, unknown> = { ...valid };
    if (mutated?.value === MISSING) delete values[mutated.path];
    else if (mutated) values[mutated.path] = mutated.value;
    // proto3: what is missing is the empty text, false or 0.
    const wrong = Object.entries(call.fields).filter(([path, kind]) => {
      const value = values[path];
      return value !== '(new)' && !kind.fits(value ?? '');
    });
    return { kind: 'fields' as const, method: call.method, values, wrong: wrong.map(([path]) => path) };
  });
};

const API = 'replicante.io/v0';
const manifest = (kind: string, spec: object) => ({ apiVersion: API, kind, spec });

/** Objects that a service without scheduler and worker takes, and that ask nobody for anything. */
export const VALID_MANIFESTS: readonly unknown[] = [
  manifest('Namespace', { id: 'default', settings: { orchestrate: { max_naction_schedule_attempts: 3 } } }),
  manifest('Platform', {
    ns_id: 'default',
    name: 'p',
    active: true,
    discovery: { interval: 3_600 },
    url: { base_url: 'http://127.0.0.1:9/', token: { fromEnv: 'TOKEN' } },
  }),
  manifest('ClusterSpec', {
    ns_id: 'default',
    cluster_id: 'c',
    interval: 3_600,
    platform: { name: 'p' },
    declaration: {
      approval: 'required',
      definition: {
        cluster_id: 'c',
        store: 'postgresql',
        store_version: '18',
        attributes: { a: 1 },
        nodes: { main: { desired_count: 2, node_class: 'x' } },
      },
      initialise: { mode: 'SingleNode', search: { matches: { zone: ['a'] }, sort_by: ['node_id'] } },
      timings_seconds: { expand: 1 },
    },
  }),
  manifest('ClusterSpec', { ns_id: 'default', cluster_id: 'off', active: false, interval: 60 }),
];
const ACTION_MANIFESTS: readonly unknown[] = [
  manifest('NAction', {
    ns_id: 'default',
    cluster_id: 'nope',
    node_id: 'n',
    kind: 'agent.replicante.io/x',
    args: { deep: { list: [1, 'a'] } },
    approval: 'required',
    metadata: { why: 'x' },
  }),
  manifest('OAction', {
    ns_id: 'default',
    cluster_id: 'nope',
    kind: 'core.replicante.io/debug.counting',
    timeout: { secs: 5, nanos: 1 },
  }),
];

const verdictOf = (text: string): 'fits' | 'does not fit' | 'too long' => {
  if (text.length > 1_024 * 1_024) return 'too long';
  try {
    return decodeManifest(JSON.parse(text)).ok ? 'fits' : 'does not fit';
  } catch {
    return 'does not fit'; // No JSON at all.
  }
};

const manifests: fc.Arbitrary<GrpcInput> = fc
  .oneof(
    {
      weight: 6,
      arbitrary: fc.oneof(
        ...[...VALID_MANIFESTS, ...ACTION_MANIFESTS].map(valid =>
          singleFieldMutation(valid).map(({ document }) => JSON.stringify(document) ?? ''),
        ),
      ),
    },
    { weight: 1, arbitrary: fc.json({ maxDepth: 5 }) },
    { weight: 1, arbitrary: hostileText },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...VALID_MANIFESTS), fc.nat(200))
        .map(([valid, at]) => JSON.stringify(valid).slice(0, at)),
    },
  )
  .filter(text => text !== '')
  .map(text => ({ kind: 'manifest' as const, text, verdict: verdictOf(text) }));

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ how: fc.constantFrom('cut' as const, 'flip' as const, 'double' as const), at: fc.nat(400) }),
  fc.record({
    how: fc.constant('append' as const),
    bytes: fc.oneof(
      // An unknown field; wrong wire types of known ones; a length beyond the end; a group; not UTF-8.
      fc.constantFrom(
        [0xf8, 0x3f, 1],
        [0x10, 1],
        [0x15, 0, 0, 0, 0],
        [0x12, 0xff, 0xff, 0xff, 0x7f],
        [0x13, 0x14],
        [0x12, 2, 0xc3, 0x28],
      ),
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 40 }),
    ),
  }),
);

export const grpcInputs: fc.Arbitrary<GrpcInput> = fc.oneof(
  { weight: 450, arbitrary: fc.oneof(...CALLS.map(fieldsOf)) },
  { weight: 200, arbitrary: manifests },
  {
    weight: 150,
    arbitrary: fc
      .tuple(
        fc.oneof(...CALLS.map(call => validValues(call).map(values => ({ method: call.method, values })))),
        damage,
      )
      .map(([of, damaged]) => ({ kind: 'bytes' as const, ...of, damage: damaged })),
  },
  {
    weight: 199,
    arbitrary: fc.record({
      kind: fc.constant('valid' as const),
      manifest: fc.oneof(
        fc.constantFrom(...VALID_MANIFESTS),
        fc
          .integer({ min: 1, max: 3 })
          .map(interval =>
            manifest('ClusterSpec', { ns_id: 'default', cluster_id: 'off', active: false, interval }),
          ),
      ),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('huge' as const),
      bytes: fc.constantFrom(1_200_000, 4_300_000, 17_000_000),
    }),
  },
);

/** The nested message that flat paths stand for, under a fresh command id where a valid one is meant. */
export function messageOf(values: Readonly<Record<string, unknown>>, id = v7()): object {
  const message: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(values)) {
    const names = path.split('.');
    let at = message;
    for (const name of names.slice(0, -1)) at = (at[name] ??= {}) as Record<string, unknown>;
    at[names.at(-1) ?? ''] = value === '(new)' ? id : value;
  }
  return message;
}
