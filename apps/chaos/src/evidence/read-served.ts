import type { Document, FleetNode, Served, TaskCounts } from './evidence.js';

interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Asks the query service as any client does. */
export class QueryClient {
  constructor(private readonly port: number) {}

  async ask<T>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(5_000),
    });
    const answer = (await response.json()) as { readonly data?: T; readonly errors?: readonly object[] };
    if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
    return answer.data;
  }

  async convergence(): Promise<{
    readonly converged: boolean;
    readonly healthy: number;
    readonly waitsFor: string[];
  }> {
    const { cluster } = await this.ask<{
      cluster: {
        convergence: { converged: boolean; waitsFor: string[] };
        counts: { healthy: number };
      } | null;
    }>(`query { cluster(${PG}) { convergence { converged waitsFor } counts { healthy } } }`);
    if (!cluster) return { converged: false, healthy: 0, waitsFor: ['the cluster'] };
    return { ...cluster.convergence, healthy: cluster.counts.healthy };
  }

  async unfinishedActions(): Promise<readonly { readonly actionId: string; readonly phase: string }[]> {
    return this.#all('actions', `${PG}, filter: { finished: false }`, 'actionId phase');
  }

  async served(): Promise<Served> {
    const { cluster } = await this.ask<{ cluster: { spec: Document | null; revision: number } }>(
      `query { cluster(${PG}) { spec revision } }`,
    );
    return {
      ...cluster,
      nodes: await this.#all('nodes', PG, 'nodeId status quarantine'),
      actions: await this.#all('actions', PG, 'actionId phase payload'),
      decisions: await this.#all('decisions', PG, 'rule subject outcome reason'),
      eventIds: (
        await this.#all<{ id: string }>('events', `filter: { nsId: "default", clusterId: "pg" }`, 'id')
      ).map(e => e.id),
    };
  }

  async nodesOf(nsId: string, clusterId: string): Promise<readonly FleetNode[]> {
    const of = `nsId: "${nsId}", clusterId: "${clusterId}"`;
    const nodes = await this.#all<{ nodeId: string; status: string }>('nodes', of, 'nodeId status');
    return nodes.map(node => ({ clusterId, ...node }));
  }

  /** Null: the queue does not answer. */
  async tasks(): Promise<TaskCounts | null> {
    const { status } = await this.ask<{ status: { queue: TaskCounts | null } }>(
      `query { status { queue {
         enqueued depth ended { executed superseded expired abandoned deadLettered } } } }`,
    );
    return status.queue;
  }

  async #all<T>(list: string, filter: string, fields: string): Promise<readonly T[]> {
    const found: T[] = [];
    for (let after: string | null = null; ;) {
      const answer: Readonly<Record<string, Page<T>>> = await this.ask(
        `query ($after: String) { ${list}(${filter}, first: 100, after: $after) {
           nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      const page = answer[list];
      if (!page) throw new Error(`no ${list}`);
      found.push(...page.nodes);
      if (!page.pageInfo.hasNextPage) return found;
      after = page.pageInfo.endCursor;
    }
  }
}

const PG = 'nsId: "default", clusterId: "pg"';
