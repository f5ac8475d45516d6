import type { ClusterCounts, Condition, KeysetList, Page, PageArguments } from '@replicante/read-models';
import { readByKey, readClusterCounts, readPagePerOwner } from '@replicante/read-models';
import DataLoader from 'dataloader';
import type { Reads } from '../arguments/reads.js';
import type { HeardClock } from '../live/heard-clock.js';

/** One page of a list that belongs to an owner. */
export interface OwnedPage {
  readonly list: KeysetList;
  readonly ownerColumns: readonly string[];
  readonly owner: readonly string[];
  readonly conditions: readonly Condition[];
  readonly page: PageArguments;
}

/** One row of a list by the columns that name it. */
export interface KeyedRow {
  readonly list: KeysetList;
  readonly keyColumns: readonly string[];
  readonly key: readonly string[];
  /** A condition on the row, in SQL. */
  readonly where?: string;
}

/**
 * The context of a resolver. Those of fields take what GraphQL hands them, without decorators: Nest then calls them as
 * they are, and a list of 50 owners does not pass 50 times through its guards, pipes and interceptors.
 */
export interface Scoped {
  readonly scope: RequestContext;
}

type Key = readonly [nsId: string, clusterId: string];
const UNCACHED = { cache: false };

/**
 * What one request, or one subscription for as long as it lasts, shares: loaders that read for many owners at once.
 * They batch and never cache: what a subscription answers next must not be what it answered first.
 */
export class RequestContext {
  readonly #pages: DataLoader<OwnedPage, Page<unknown>>;
  readonly #rows: DataLoader<KeyedRow, unknown>;
  readonly counts: DataLoader<Key, ClusterCounts>;

  constructor(
    reads: Pick<Reads, 'sql'>,
    private readonly clock: Pick<HeardClock, 'now'>,
  ) {
    this.#pages = new DataLoader(async asked => readTogether(reads, asked), UNCACHED);
    this.#rows = new DataLoader(async asked => readRowsTogether(reads, asked), UNCACHED);
    this.counts = new DataLoader(
      async (keys: readonly Key[]) => readClusterCounts(await reads.sql(), keys),
      UNCACHED,
    );
  }

  /** What ages are told by. */
  get now(): number {
    return this.clock.now();
  }

  page<T>(owned: OwnedPage): Promise<Page<T>> {
    return this.#pages.load(owned) as Promise<Page<T>>;
  }

  row<T>(keyed: KeyedRow): Promise<T | undefined> {
    return this.#rows.load(keyed) as Promise<T | undefined>;
  }
}

async function readTogether(
  reads: Pick<Reads, 'sql'>,
  asked: readonly OwnedPage[],
): Promise<Page<unknown>[]> {
  const sql = await reads.sql();
  return together(asked, likenessOfPages(), ([first, ...others]) =>
    readPagePerOwner(
      sql,
      first.list,
      first.ownerColumns,
      [first, ...others].map(o => o.owner),
      first.conditions,
      first.page,
    ),
  );
}

/** Pages are read together when their conditions and their arguments are the same. */
function likenessOfPages(): (one: OwnedPage) => string {
  // Owners of one list mostly share their conditions: the text of those is made once.
  const texts = new Map<readonly Condition[], string>();
  return ({ conditions, page: { first, after } }) => {
    const text = texts.get(conditions) ?? JSON.stringify(conditions);
    texts.set(conditions, text);
    return after === undefined ? `${first} ${text}` : `${first} ${JSON.stringify(after)} ${text}`;
  };
}

async function readRowsTogether(reads: Pick<Reads, 'sql'>, asked: readonly KeyedRow[]): Promise<unknown[]> {
  const sql = await reads.sql();
  return together(
    asked,
    ({ where = '' }) => where,
    ([first, ...others]) =>
      readByKey<unknown>(
        sql,
        first.list,
        first.keyColumns,
        [first, ...others].map(o => o.key),
        first.where,
      ),
  );
}

type Group<T> = [T, ...T[]];

/** One read for all that ask for the same columns of the same list in the same way; answers in the order of asking. */
async function together<T extends { readonly list: KeysetList }, R>(
  asked: readonly T[],
  likeness: (one: T) => string,
  read: (group: Group<T>) => Promise<readonly R[]>,
): Promise<R[]> {
  const byList = new Map<
    KeysetList,
    Map<string, { readonly members: Group<T>; readonly places: number[] }>
  >();
  for (const [place, one] of asked.entries()) {
    const groups = byList.get(one.list) ?? new Map<string, { members: Group<T>; places: number[] }>();
    byList.set(one.list, groups);
    const key = likeness(one);
    const group = groups.get(key);
    if (group) {
      group.members.push(one);
      group.places.push(place);
    } else groups.set(key, { members: [one], places: [place] });
  }
  const answers: R[] = new Array<R>(asked.length);
  await Promise.all(
    [...byList.values()]
      .flatMap(groups => [...groups.values()])
      .map(async ({ members, places }) => {
        const found = await read(members);
        for (const [index, place] of places.entries()) answers[place] = found[index] as R;
      }),
  );
  return answers;
}
