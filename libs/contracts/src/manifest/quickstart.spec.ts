import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { decodeManifest } from './decode-manifest.js';

const folder = fileURLToPath(new URL('../../../../examples/quickstart/', import.meta.url));
const files = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .sort();
const decoded = files.map(name => decodeManifest(parse(readFileSync(join(folder, name), 'utf8'))));

describe('examples/quickstart', () => {
  it.each(files.map((name, i) => [name, decoded[i]] as const))('%s is a manifest', (_, result) => {
    expect(result).toMatchObject({ ok: true });
  });

  it('applied in the order of its names, refers only to what is there', () => {
    expect(decoded.map(d => d.ok && d.manifest)).toMatchObject([
      {
        kind: 'Namespace',
        namespace: { id: 'default', agents: { token: { fromEnv: 'REPLICANTE_LOCAL_TOKEN' } } },
      },
      { kind: 'Platform', platform: { ns_id: 'default', name: 'local', discovery: { interval: 1 } } },
      {
        kind: 'ClusterSpec',
        spec: {
          ns_id: 'default',
          cluster_id: 'pg',
          interval: 1,
          platform: { name: 'local' },
          declaration: {
            approval: 'granted',
            definition: {
              store: 'postgresql',
              nodes: { main: { desired_count: 3, node_class: 'postgres-local' } },
            },
            timings_seconds: { expand: 2, init: 2, scale_up: 2, stable_after: 1 },
          },
        },
      },
    ]);
  });
});
