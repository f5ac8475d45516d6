import { describe, expect, it } from '@jest/globals';
import type { FieldViolation } from '@replicante/kernel';
import { decodeManifest } from './decode-manifest.js';
import { fullSpecs as full } from './full-specs.fixture.js';
import type { ManifestKind } from './manifest.js';

const of = (kind: string, spec: unknown): unknown => ({ apiVersion: 'replicante.io/v0', kind, spec });

const violations = (input: unknown): readonly FieldViolation[] => {
  const decoded = decodeManifest(input);
  if (decoded.ok) throw new Error('was accepted');
  return decoded.rejection.violations ?? [];
};
const faultsOf = (kind: ManifestKind, change: object): readonly FieldViolation[] =>
  violations(of(kind, { ...full[kind], ...change }));

describe('a manifest that fits', () => {
  it.each(Object.keys(full) as ManifestKind[])('is taken whole: %s', kind => {
    const input = of(kind, full[kind]);
    const before = structuredClone(input);
    expect(decodeManifest(input)).toMatchObject({ ok: true, manifest: { kind } });
    expect(input).toEqual(before);
  });

  it('gets every default of a ClusterSpec', () => {
    expect(decodeManifest(of('clusterspec', { ns_id: 'n', cluster_id: 'c' }))).toEqual({
      ok: true,
      manifest: {
        kind: 'ClusterSpec',
        spec: {
          ns_id: 'n',
          cluster_id: 'c',
          active: true,
          interval: 60,
          platform: null,
          declaration: {
            active: true,
            approval: 'granted',
            definition: null,
            graces: { expand: 5, init: 5, scale_up: 5 },
            timings_seconds: { expand: null, init: null, scale_up: null, stable_after: null },
            initialise: { mode: 'Auto', action_args: null, search: null },
            expand: { mode: 'Auto', target_member: null },
          },
        },
      },
    });
  });

  it('gets the defaults inside of what is written in part', () => {
    const spec = {
      ns_id: 'n',
      cluster_id: 'c',
      platform: { name: 'p' },
      declaration: {
        expand: { target_member: {} },
        definition: {
          cluster_id: 'c',
          store: 's',
          store_version: '1',
          nodes: { g: { desired_count: 0, node_class: 'k' } },
        },
      },
    };
    expect(decodeManifest(of('ClusterSpec', spec))).toMatchObject({
      manifest: {
        spec: {
          platform: { ns_id: null },
          declaration: {
            expand: { target_member: { matches: {}, max_results: null, sort_by: ['node_id'] } },
            definition: { attributes: {}, nodes: { g: { store_version: null, attributes: {} } } },
          },
        },
      },
    });
  });

  it('gets the defaults of the other kinds', () => {
    expect(decodeManifest(of('NAMESPACE', { id: 'n' }))).toEqual({
      ok: true,
      manifest: {
        kind: 'Namespace',
        namespace: {
          id: 'n',
          status: 'Active',
          tls: { ca_bundle: null },
          settings: { orchestrate: { max_naction_schedule_attempts: 5 } },
          agents: { token: null },
        },
      },
    });
    expect(decodeManifest(of('Platform', { ns_id: 'n', name: 'p', url: { base_url: 'http://x' } }))).toEqual({
      ok: true,
      manifest: {
        kind: 'Platform',
        platform: {
          ns_id: 'n',
          name: 'p',
          active: true,
          discovery: { interval: 300 },
          url: { base_url: 'http://x', tls_ca_bundle: null, tls_insecure_skip_verify: false, token: null },
        },
      },
    });
    expect(decodeManifest(of('OAction', { ns_id: 'n', cluster_id: 'c', kind: 'a/b' }))).toEqual({
      ok: true,
      manifest: {
        kind: 'OAction',
        approval: 'granted',
        action: { ns_id: 'n', cluster_id: 'c', kind: 'a/b', args: null, metadata: {}, timeout: null },
      },
    });
  });

  it('gets aliases in their one spelling', () => {
    expect(decodeManifest(of('ClusterSpec', full.ClusterSpec))).toMatchObject({
      manifest: {
        spec: {
          declaration: {
            initialise: { mode: 'SingleNode' },
            expand: {
              mode: 'Add',
              target_member: {
                matches: {
                  'shard.count.primary': { op: 'Ne', value: 0 },
                  maintenance: { op: 'NotIn', values: [true] },
                },
              },
            },
          },
        },
      },
    });
  });

  it('takes a timeout in seconds, and writes a UUID in one way', () => {
    const spec = { ...full.OAction, timeout: 1.5, action_id: '0B8E1D7C-6A54-4F5E-9A1C-6F0B7F9F6F10' };
    expect(decodeManifest(of('OAction', spec))).toMatchObject({
      manifest: {
        action: {
          timeout: { secs: 1, nanos: 500_000_000 },
          action_id: '0b8e1d7c-6a54-4f5e-9a1c-6f0b7f9f6f10',
        },
      },
    });
  });
});

describe('a manifest that does not fit', () => {
  it('is refused with every fault at once', () => {
    const spec = {
      ns_id: 'a:b',
      cluster_id: 'c',
      interval: 0,
      declaration: { graces: { expand: 'x' }, aproval: 1 },
    };
    expect(
      violations(of('ClusterSpec', spec))
        .map(v => v.field)
        .sort(),
    ).toEqual(['spec.declaration.aproval', 'spec.declaration.graces.expand', 'spec.interval', 'spec.ns_id']);
  });

  it.each<[string, ManifestKind, object, string, RegExp]>([
    ['a misspelt field', 'ClusterSpec', { intervall: 3 }, 'spec.intervall', /did you mean `interval`/],
    ['the old transport', 'Platform', { http: {} }, 'spec.http', /did you mean `url`/],
    ['a wrong case', 'Namespace', { status: 'active' }, 'spec.status', /did you mean `Active`/],
    [
      'an approval in capitals',
      'NAction',
      { approval: 'GRANTED' },
      'spec.approval',
      /did you mean `granted`/,
    ],
    ['a quoted number', 'ClusterSpec', { interval: '30' }, 'spec.interval', /remove the quotes/],
    ['args that are no object', 'NAction', { args: [1] }, 'spec.args', /must be an object or null/],
    ['an id that is no UUID', 'NAction', { action_id: 'x' }, 'spec.action_id', /must be a UUID/],
    ['a kind without domain', 'OAction', { kind: 'provision' }, 'spec.kind', /<domain>\/<name>/],
    ['a negative timeout', 'OAction', { timeout: { secs: -1 } }, 'spec.timeout.secs', /at least 0/],
    ['metadata that is no text', 'OAction', { metadata: { a: 1 } }, 'spec.metadata.a', /put it in quotes/],
    ['a secret in the open', 'Namespace', { agents: { token: 'hunter2' } }, 'spec.agents.token', /fromEnv/],
    [
      'two places of a secret',
      'Namespace',
      { agents: { token: { fromEnv: 'A', fromFile: '/a' } } },
      'spec.agents.token',
      /more than 1/,
    ],
    [
      'a secret as a name',
      'Namespace',
      { agents: { token: { fromEnv: 'hunter 2' } } },
      'spec.agents.token.fromEnv',
      /not the secret itself/,
    ],
    [
      'a password in a URL',
      'Platform',
      { url: { base_url: 'http://u:p@h/' } },
      'spec.url.base_url',
      /without user/,
    ],
    ['a file: URL', 'Platform', { url: { base_url: 'file:///etc/passwd' } }, 'spec.url.base_url', /http/],
    ['a platform left out', 'ClusterSpec', { platform: null }, 'spec.platform', /needs the platform/],
    [
      'another cluster in the definition',
      'ClusterSpec',
      { cluster_id: 'other' },
      'spec.declaration.definition.cluster_id',
      /must equal spec.cluster_id/,
    ],
  ])('names field and fix: %s', (_, kind, change, field, description) => {
    expect(faultsOf(kind, change)).toContainEqual({ field, description: expect.stringMatching(description) });
  });

  it('names fields below odd names so that they can be read', () => {
    const search = { matches: { 'shard.count.primary': { op: 'Nope' } }, sort_by: ['a', 3] };
    const fields = faultsOf('ClusterSpec', { declaration: { initialise: { search } } }).map(v => v.field);
    expect(fields).toEqual([
      'spec.declaration.initialise.search.matches["shard.count.primary"].op',
      'spec.declaration.initialise.search.sort_by[1]',
    ]);
  });

  it('refuses a private key wherever it stands, in a field it does not know too', () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----\nAA';
    expect(faultsOf('NAction', { args: { deep: [{ key }] } })).toEqual([
      { field: 'spec.args.deep[0].key', description: expect.stringContaining('private key') },
    ]);
    expect(faultsOf('NAction', { other: key }).map(v => v.field)).toEqual(['spec.other', 'spec.other']);
  });

  it.each<[ManifestKind, object]>([
    ['Namespace', { tls: { ca_bundle: '-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----' } }],
    ['Platform', { url: { base_url: 'http://me:hush@h/' } }],
    ['Platform', { url: { base_url: 'http://h/?token=hush' } }],
  ])('refuses a secret without repeating it: %s %j', (kind, change) => {
    expect(faultsOf(kind, change).length).toBeGreaterThan(0);
    expect(JSON.stringify(faultsOf(kind, change))).not.toContain('hush');
  });

  it.each([
    ['no object', [], ['']],
    ['nothing inside', {}, ['apiVersion', 'kind', 'spec']],
    ['a spec that is a list', { apiVersion: 'replicante.io/v0', kind: 'Namespace', spec: [] }, ['spec']],
    ['a field beside', { ...(of('Namespace', { id: 'a' }) as object), specc: 1 }, ['specc']],
  ])('refuses an envelope with %s', (_, input, fields) => {
    expect(violations(input).map(v => v.field)).toEqual(fields);
  });

  it.each([
    ['replicante.io/v1', 'Namespace', 'apiVersion'],
    ['replicante.io/v0', 'Namespaces', 'kind'],
  ])('says that it does not support %s %s', (apiVersion, kind, field) => {
    expect(decodeManifest({ apiVersion, kind, spec: {} })).toMatchObject({
      rejection: { code: 'RESOURCE_NOT_SUPPORTED', violations: [{ field }] },
    });
  });
});
