import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { QueryClient } from '@replicante/app-replictl';
import type { GrpcClient } from '@replicante/service';
import { v7 } from 'uuid';

/** Found from dist/ and from the sources alike. */
const EXAMPLES = [
  new URL('../../../../examples/quickstart/', import.meta.url),
  new URL('../../../examples/quickstart/', import.meta.url),
].map(url => fileURLToPath(url));

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface Applied {
  readonly ref: string;
  readonly changed: boolean;
}

/** Whether an object of a document exists, asked as any client would. */
const EXISTS: Readonly<Record<string, { query: string; variables: (spec: Document['spec']) => object }>> = {
  Namespace: {
    query: 'query ($id: ID!) { object: namespace(id: $id) { id } }',
    variables: spec => ({ id: spec['id'] }),
  },
  Platform: {
    query: 'query ($ns: ID!, $name: ID!) { object: platform(nsId: $ns, name: $name) { name } }',
    variables: spec => ({ ns: spec['ns_id'], name: spec['name'] }),
  },
  ClusterSpec: {
    query: 'query ($ns: ID!, $id: ID!) { object: cluster(nsId: $ns, clusterId: $id) { clusterId } }',
    variables: spec => ({ ns: spec['ns_id'], id: spec['cluster_id'] }),
  },
};

/**
 * Creates what is absent and touches nothing that is there: somebody may have changed it since. The platform's
 * address is that of the platform beside us.
 */
export async function applyQuickstart(
  command: GrpcClient,
  query: QueryClient,
  platformPort: number,
): Promise<readonly Applied[]> {
  const results: Applied[] = [];
  for (const document of await documents()) {
    const exists = EXISTS[document.kind];
    if (!exists) throw new Error(`the quickstart has a ${document.kind}, which this launcher does not know`);
    const found = await query.query<{ object: unknown }>(exists.query, {
      ...exists.variables(document.spec),
    });
    const ref = `${document.kind}/${Object.values(exists.variables(document.spec)).join('/')}`;
    if (found.object !== null) {
      results.push({ ref, changed: false });
      continue;
    }
    await command.call(
      'Apply',
      {
        meta: { command_id: v7(), claimed_actor: 'npm start' },
        manifest_json: JSON.stringify(withPlatformAt(document, platformPort)),
      },
      { deadlineMs: 10_000 },
    );
    results.push({ ref, changed: true });
  }
  return results;
}

function withPlatformAt(document: Document, port: number): Document {
  if (document.kind !== 'Platform') return document;
  const url = { ...(document.spec['url'] as object), base_url: `http://127.0.0.1:${port}/` };
  return { ...document, spec: { ...document.spec, url } };
}

async function documents(): Promise<readonly Document[]> {
  for (const directory of EXAMPLES) {
    const names = await readdir(directory).catch(() => undefined);
    if (!names) continue;
    const files = names.filter(name => name.endsWith('.yaml')).sort();
    const texts = await Promise.all(files.map(name => readFile(join(directory, name), 'utf8')));
    return texts.flatMap(text => parseAllDocuments(text).map(d => d.toJS() as Document));
  }
  throw new Error(`the quickstart's manifests are missing: looked in ${EXAMPLES.join(' and ')}`);
}
