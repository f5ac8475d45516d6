import { describe, expect, it } from '@jest/globals';
import { decodeManifest } from '@replicante/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, serve } from '../program.fixture.js';
import { parseManifests } from './load-manifests.js';

const folder = fileURLToPath(new URL('../../../../examples/quickstart/', import.meta.url));
const quickstart = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .flatMap(name => parseManifests(name, readFileSync(join(folder, name), 'utf8')))
  .map(({ value }) => value);

const everything = {
  apiVersion: 'replicante.io/v0',
  kind: 'ClusterSpec',
  spec: {
    ns_id: 'default',
    cluster_id: 'ledger',
    active: false,
    interval: 30,
    platform: { name: 'rack-a', ns_id: 'infra' },
    declaration: {
      approval: 'required',
      graces: { expand: 2, init: 10, scale_up: 15 },
      timings_seconds: { stable_after: 1 },
      initialise: {
        mode: 'SingleNode',
        action_args: { chainingAllowed: true },
        search: {
          matches: { node_status: 'NOT_IN_CLUSTER', zone: ['a', 'b'] },
          sort_by: ['+zone'],
          max_results: 1,
        },
      },
      expand: { mode: 'Add', target_member: { matches: { maintenance: { op: 'not-in', values: [true] } } } },
      definition: {
        cluster_id: 'ledger',
        store: 'mongo',
        store_version: '6.0',
        attributes: { replica_set: 'ledger' },
        nodes: {
          voters: { desired_count: 3, node_class: 'large', store_version: '6.1', attributes: { a: 1 } },
        },
      },
    },
  },
};

/** As the domain stores it. */
function stored(manifest: unknown) {
  const decoded = decodeManifest(manifest);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.rejection));
  return decoded.manifest;
}

interface Got {
  readonly manifest: ReturnType<typeof stored>;
  readonly wanted: readonly string[];
  readonly answer: Readonly<Record<string, unknown>>;
}
const objects = [...quickstart, everything].map(stored).flatMap((manifest): readonly Got[] => {
  if (manifest.kind === 'Namespace')
    return [
      {
        manifest,
        wanted: ['namespace', manifest.namespace.id],
        answer: { namespace: { document: manifest.namespace } },
      },
    ];
  if (manifest.kind !== 'ClusterSpec') return [];
  const { spec } = manifest;
  const cluster = { spec, mark: 'DECLARED', specRevision: 1, revision: 2 };
  return [{ manifest, wanted: ['clusterspec', spec.cluster_id], answer: { cluster } }];
});

describe.each(['yaml', 'json', 'table'])('what `get -o %s` prints', format => {
  it.each(objects)('of $wanted is applied as what is there already', async ({ manifest, wanted, answer }) => {
    await serve(answer);
    const { out, exit } = await run(['get', ...wanted, '-o', format]);
    expect(exit).toBe(0);
    const [got, ...more] = parseManifests('stdin', out);
    expect(more).toEqual([]);
    expect(stored(got?.value)).toEqual(manifest);
  });
});
