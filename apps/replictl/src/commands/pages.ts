import type { Hand } from './hand.js';
import { HandError } from '../output/hand-error.js';
import { DOCUMENTS } from '../queries.js';
import type { DocumentName } from '../queries.js';

export interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Every row of a list, page by page. */
export async function allPages<T>(
  hand: Hand,
  document: DocumentName,
  variables: Readonly<Record<string, unknown>>,
): Promise<readonly T[]> {
  const rows: T[] = [];
  for (let after: string | null = null; ;) {
    const { page }: { page: Page<T> } = await hand.query.query(DOCUMENTS[document], { ...variables, after });
    rows.push(...page.nodes);
    if (!page.pageInfo.hasNextPage || page.pageInfo.endCursor === null) return rows;
    after = page.pageInfo.endCursor;
  }
}

/** One object, or the not-found error of its kind. */
export async function oneObject<T>(
  hand: Hand,
  document: DocumentName,
  variables: Readonly<Record<string, unknown>>,
  missing: ConstructorParameters<typeof HandError>,
): Promise<T> {
  const { object } = await hand.query.query<{ object: T | null }>(DOCUMENTS[document], variables);
  if (object === null) throw new HandError(...missing);
  return object;
}

/** --cluster, or the only cluster of the namespace. */
export async function clusterOf(hand: Hand): Promise<string> {
  const given = hand.options['cluster'];
  if (typeof given === 'string') return given;
  const clusters = await allPages<{ clusterId: string }>(hand, 'clusters', { ns: hand.namespace });
  const [only] = clusters;
  if (only !== undefined && clusters.length === 1) return only.clusterId;
  throw new HandError('INVALID_REQUEST', 'which cluster?', [
    {
      field: '--cluster',
      description: `namespace ${hand.namespace} has ${clusters.length} clusters; name one: ${clusters.map(c => c.clusterId).join(', ')}`,
    },
  ]);
}
