import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, Resolver } from '@nestjs/graphql';
import type { ActionFilter, ActionView, SubjectFilter } from '@replicante/read-models';
import { actionConditions, ACTIONS, readByKey, readPage, subjectConditions } from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext } from '../graphql/request-context.js';
import { ACTION } from '../objects/action.object.js';
import { toConnection } from '../objects/connection.js';

interface ActionKey {
  readonly nsId: string;
  readonly clusterId: string;
  readonly actionId: string;
}

@Resolver('Action')
export class ActionResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('action')
  async action(
    @Args() args: RootArguments & ActionKey,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const sql = await this.reads.open(args);
    const columns = ['ns_id', 'cluster_id', 'action_id'];
    const key = [args.nsId, args.clusterId, args.actionId];
    const list = askedColumns(ACTIONS, ACTION, asked);
    const [row] = await readByKey<ActionView>(sql, list, columns, [key], 't.action_version >= 0');
    return row && ACTION.of(row, context.now);
  }

  @Query('actions')
  async actions(
    @Args() args: RootArguments & PageInput & SubjectFilter & { readonly filter?: ActionFilter | null },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = [...subjectConditions(args), ...actionConditions(args.filter ?? {})];
    const list = askedColumns(ACTIONS, ACTION, asked);
    return toConnection(await readPage<ActionView>(sql, list, conditions, page), ACTION, context.now);
  }
}
