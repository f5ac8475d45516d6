import { Inject } from '@nestjs/common';
import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
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
import type { RequestContext } from '../graphql/request-context.js';
import { actionObject } from '../objects/action.object.js';
import { clusterObject, type ClusterObject } from '../objects/cluster.object.js';
import { toConnection } from '../objects/connection.js';
import { decisionObject } from '../objects/decision.object.js';
import { eventObject } from '../objects/event.object.js';
import { nodeObject } from '../objects/node.object.js';

type Of = Pick<ClusterObject, 'nsId' | 'clusterId'>;
type Filtered<F> = PageInput & { readonly filter?: F | null };

@Resolver('Cluster')
export class ClusterResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('cluster')
  async cluster(
    @Args() args: RootArguments & { readonly nsId: string; readonly clusterId: string },
    @Context('scope') context: RequestContext,
  ) {
    await this.reads.open(args);
    const row = await context.clusters.load([args.nsId, args.clusterId]);
    // Made by an event that says nothing of the cluster itself.
    const known = row && (row.spec_version >= 0 || row.discovery_version >= 0);
    return known ? clusterObject(row, context.now) : null;
  }

  @Query('clusters')
  async clusters(
    @Args() args: RootArguments & Filtered<ClusterFilter> & { readonly nsId?: string | null },
    @Context('scope') context: RequestContext,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = [...subjectConditions({ nsId: args.nsId }), ...clusterConditions(args.filter ?? {})];
    const found = await readPage<ClusterView>(sql, CLUSTERS, conditions, page);
    return toConnection(found, row => clusterObject(row, context.now));
  }

  @ResolveField('nodes')
  async nodes(@Parent() cluster: Of, @Args() args: PageInput, @Context('scope') context: RequestContext) {
    const found = await owned<NodeView>(context, cluster, NODES, nodeConditions(), args);
    return toConnection(found, row => nodeObject(row, context.now));
  }

  @ResolveField('actions')
  async actions(
    @Parent() cluster: Of,
    @Args() args: Filtered<ActionFilter>,
    @Context('scope') context: RequestContext,
  ) {
    return toConnection(
      await owned<ActionView>(context, cluster, ACTIONS, actionConditions(args.filter ?? {}), args),
      actionObject,
    );
  }

  @ResolveField('decisions')
  async decisions(
    @Parent() cluster: Of,
    @Args() args: Filtered<DecisionFilter>,
    @Context('scope') context: RequestContext,
  ) {
    const conditions = decisionConditions(args.filter ?? {});
    const found = await owned<DecisionView>(context, cluster, DECISIONS, conditions, args);
    return toConnection(found, row => decisionObject(row, context.now));
  }

  @ResolveField('events')
  async events(
    @Parent() cluster: Of,
    @Args() args: Filtered<EventFilter> & { readonly newestFirst?: boolean | null },
    @Context('scope') context: RequestContext,
  ) {
    const list = eventList({ ofCluster: true, newestFirst: args.newestFirst ?? false });
    const found = await owned<EventView>(context, cluster, list, eventConditions(args.filter ?? {}), args);
    return toConnection(found, eventObject);
  }

  @ResolveField('counts')
  async counts(@Parent() { nsId, clusterId }: Of, @Context('scope') context: RequestContext) {
    const { missing_from_platform, ...counts } = await context.counts.load([nsId, clusterId]);
    return { ...counts, missingFromPlatform: missing_from_platform };
  }
}

function owned<T>(
  context: RequestContext,
  { nsId, clusterId }: Of,
  list: KeysetList,
  conditions: readonly Condition[],
  args: PageInput,
) {
  checkTexts(args);
  const ownerColumns = ['ns_id', 'cluster_id'];
  return context.page<T>({ list, ownerColumns, owner: [nsId, clusterId], conditions, page: pageOf(args) });
}
