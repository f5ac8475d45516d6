import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type {
  ActionFilter,
  ActionView,
  ClusterFilter,
  ClusterView,
  Condition,
  DecisionFilter,
  DecisionView,
  EventFilter,
  EventView,
  KeysetList,
  NodeView,
} from '@replicante/read-models';
import {
  actionConditions,
  ACTIONS,
  clusterConditions,
  CLUSTER_KNOWN,
  CLUSTERS,
  decisionConditions,
  DECISIONS,
  eventConditions,
  eventList,
  nodeConditions,
  NODES,
  readPage,
  subjectConditions,
} from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { checkTexts } from '../arguments/texts.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext, Scoped } from '../graphql/request-context.js';
import { ACTION } from '../objects/action.object.js';
import { CLUSTER, type ClusterObject } from '../objects/cluster.object.js';
import { toConnection } from '../objects/connection.js';
import { DECISION } from '../objects/decision.object.js';
import { EVENT } from '../objects/event.object.js';
import { NODE } from '../objects/node.object.js';

type Of = Pick<ClusterObject, 'nsId' | 'clusterId'>;
const OWNER = ['ns_id', 'cluster_id'] as const;
const SHOWN_NODES = nodeConditions();

type Filtered<F> = PageInput & { readonly filter?: F | null };

@Resolver('Cluster')
export class ClusterResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('cluster')
  async cluster(
    @Args() args: RootArguments & { readonly nsId: string; readonly clusterId: string },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    await this.reads.open(args);
    const row = await context.row<ClusterView>({
      list: askedColumns(CLUSTERS, CLUSTER, asked),
      keyColumns: OWNER,
      key: [args.nsId, args.clusterId],
      where: CLUSTER_KNOWN,
    });
    return row && CLUSTER.of(row, context.now);
  }

  @Query('clusters')
  async clusters(
    @Args() args: RootArguments & Filtered<ClusterFilter> & { readonly nsId?: string | null },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = [...subjectConditions({ nsId: args.nsId }), ...clusterConditions(args.filter ?? {})];
    const list = askedColumns(CLUSTERS, CLUSTER, asked);
    return toConnection(await readPage<ClusterView>(sql, list, conditions, page), CLUSTER, context.now);
  }

  @ResolveField('nodes')
  nodes(cluster: Of, args: PageInput, { scope }: Scoped, asked: Asked) {
    const list = askedColumns(NODES, NODE, asked);
    return owned<NodeView>(scope, cluster, list, SHOWN_NODES, args).then(found =>
      toConnection(found, NODE, scope.now),
    );
  }

  @ResolveField('actions')
  async actions(cluster: Of, args: Filtered<ActionFilter>, { scope }: Scoped, asked: Asked) {
    const list = askedColumns(ACTIONS, ACTION, asked);
    const found = await owned<ActionView>(scope, cluster, list, actionConditions(args.filter ?? {}), args);
    return toConnection(found, ACTION, scope.now);
  }

  @ResolveField('decisions')
  async decisions(cluster: Of, args: Filtered<DecisionFilter>, { scope }: Scoped, asked: Asked) {
    const list = askedColumns(DECISIONS, DECISION, asked);
    const conditions = decisionConditions(args.filter ?? {});
    const found = await owned<DecisionView>(scope, cluster, list, conditions, args);
    return toConnection(found, DECISION, scope.now);
  }

  @ResolveField('events')
  async events(
    cluster: Of,
    args: Filtered<EventFilter> & { readonly newestFirst?: boolean | null },
    { scope }: Scoped,
    asked: Asked,
  ) {
    const events = eventList({ ofCluster: true, newestFirst: args.newestFirst ?? false });
    const list = askedColumns(events, EVENT, asked);
    const found = await owned<EventView>(scope, cluster, list, eventConditions(args.filter ?? {}), args);
    return toConnection(found, EVENT, scope.now);
  }

  @ResolveField('counts')
  async counts({ nsId, clusterId }: Of, _: unknown, { scope }: Scoped) {
    const { missing_from_platform, ...counts } = await scope.counts.load([nsId, clusterId]);
    return { ...counts, missingFromPlatform: missing_from_platform };
  }
}

function owned<T>(
  scope: RequestContext,
  { nsId, clusterId }: Of,
  list: KeysetList,
  conditions: readonly Condition[],
  args: PageInput,
) {
  checkTexts(args);
  return scope.page<T>({
    list,
    ownerColumns: OWNER,
    owner: [nsId, clusterId],
    conditions,
    page: pageOf(args),
  });
}
