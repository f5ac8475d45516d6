import type {
  ClusterCounts,
  ClusterView,
  Condition,
  EventView,
  KeysetList,
  Page,
  PageArguments,
} from '@replicante/read-models';
import {
  CLUSTERS,
  readByKey,
  readClusterCounts,
  readEventsById,
  readPagePerOwner,
} from '@replicante/read-models';
import DataLoader from 'dataloader';
import type { Reads } from '../arguments/reads.js';

/** One page of a list that belongs to an owner. */
export interface OwnedPage {
  readonly list: KeysetList;
  readonly ownerColumns: readonly string[];
  readonly owner: readonly string[];
  readonly conditions: readonly Condition[];
  readonly page: PageArguments;
}

type Key = readonly [nsId: string, clusterId: string];
const UNCACHED = { cache: false };
const NO_PAGE: Page<unknown> = { rows: [], hasNextPage: false, cursorOf: () => '' };

/**
 * What one request, or one subscription for as long as it lasts, shares: loaders that read for many owners at once.
 * They batch and never cache: what a subscription answers next must not be what it answered first.
 */
export class RequestContext {
  readonly #pages: DataLoader<OwnedPage, Page<unknown>>;
  readonly clusters: DataLoader<Key, ClusterView | undefined>;
  readonly counts: DataLoader<Key, ClusterCounts>;
  readonly events: DataLoader<string, EventView | undefined>;

  constructor(reads: Pick<Reads, 'sql'>) {
    this.#pages = new DataLoader(async asked => readTogether(reads, asked), UNCACHED);
    this.clusters = new DataLoader(
      async keys => readByKey<ClusterView>(await reads.sql(), CLUSTERS, ['ns_id', 'cluster_id'], keys),
      UNCACHED,
    );
    this.counts = new DataLoader(
      async (keys: readonly Key[]) => readClusterCounts(await reads.sql(), keys),
      UNCACHED,
    );
    this.events = new DataLoader(async ids => readEventsById(await reads.sql(), ids), UNCACHED);
  }

  get now(): number {
    return Date.now();
  }

  page<T>(owned: OwnedPage): Promise<Page<T>> {
    return this.#pages.load(owned) as Promise<Page<T>>;
  }
}

async function readTogether(
  reads: Pick<Reads, 'sql'>,
  asked: readonly OwnedPage[],
): Promise<Page<unknown>[]> {
  const sql = await reads.sql();
  const alike = new Map<string, number[]>();
  for (const [index, { list, conditions, page }] of asked.entries()) {
    const key = JSON.stringify([list.name, conditions, page]);
    alike.set(key, [...(alike.get(key) ?? []), index]);
  }
  const answers: Page<unknown>[] = [];
  await Promise.all(
    [...alike.values()].map(async indices => {
      const owned = indices.flatMap(index => asked[index] ?? []);
      const [first] = owned;
      if (!first) return;
      const owners = owned.map(o => o.owner);
      const pages = await readPagePerOwner(
        sql,
        first.list,
        first.ownerColumns,
        owners,
        first.conditions,
        first.page,
      );
      for (const [place, index] of indices.entries()) answers[index] = pages[place] ?? NO_PAGE;
    }),
  );
  return answers;
}
