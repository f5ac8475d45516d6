import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { ActionFilter, ActionView, NodeView } from '@replicante/read-models';
import {
  actionConditions,
  ACTIONS,
  nodeConditions,
  NODES,
  readByKey,
  readPage,
  subjectConditions,
} from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { checkTexts } from '../arguments/texts.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext, Scoped } from '../graphql/request-context.js';
import { ACTION } from '../objects/action.object.js';
import { toConnection } from '../objects/connection.js';
import { NODE, type NodeObject } from '../objects/node.object.js';
import { shardConnection } from '../objects/shard-connection.js';

interface NodeKey {
  readonly nsId: string;
  readonly clusterId: string;
  readonly nodeId: string;
}

@Resolver('Node')
export class NodeResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('node')
  async node(
    @Args() args: RootArguments & NodeKey,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const sql = await this.reads.open(args);
    const key = [args.nsId, args.clusterId, args.nodeId];
    const [row] = await readByKey<NodeView>(
      sql,
      askedColumns(NODES, NODE, asked),
      ['ns_id', 'cluster_id', 'node_id'],
      [key],
      'NOT t.removed',
    );
    return row && NODE.of(row, context.now);
  }

  @Query('nodes')
  async nodes(
    @Args()
    args: RootArguments & PageInput & { readonly nsId?: string | null; readonly clusterId?: string | null },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const found = await readPage<NodeView>(
      sql,
      askedColumns(NODES, NODE, asked),
      [...subjectConditions(args), ...nodeConditions()],
      page,
    );
    return toConnection(found, NODE, context.now);
  }

  @ResolveField('shards')
  shards(node: NodeObject, args: PageInput) {
    return shardConnection(node.allShards, pageOf(args));
  }

  @ResolveField('actions')
  async actions(
    { nsId, clusterId, nodeId }: NodeObject,
    args: PageInput & { readonly filter?: ActionFilter | null },
    { scope }: Scoped,
    asked: Asked,
  ) {
    checkTexts(args);
    const page = await scope.page<ActionView>({
      list: askedColumns(ACTIONS, ACTION, asked),
      ownerColumns: ['ns_id', 'cluster_id', 'node_id'],
      owner: [nsId, clusterId, nodeId],
      conditions: actionConditions(args.filter ?? {}),
      page: pageOf(args),
    });
    return toConnection(page, ACTION, scope.now);
  }
}
