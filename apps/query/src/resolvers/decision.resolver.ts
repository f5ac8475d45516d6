import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { DecisionFilter, DecisionHistoryView, DecisionView, EventView } from '@replicante/read-models';
import {
  decisionConditions,
  DECISION_HISTORY_LIST,
  DECISIONS,
  eventList,
  readPage,
  subjectConditions,
} from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext, Scoped } from '../graphql/request-context.js';
import { toConnection } from '../objects/connection.js';
import { DECISION, RECORDED_DECISION, type DecisionObject } from '../objects/decision.object.js';
import { EVENT } from '../objects/event.object.js';

const EVENTS = eventList({ ofCluster: false, newestFirst: false });

interface DecisionsArguments extends RootArguments, PageInput {
  readonly nsId: string;
  readonly clusterId: string;
  readonly filter?: DecisionFilter | null;
}

@Resolver('Decision')
export class DecisionResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('decisions')
  async decisions(
    @Args() args: DecisionsArguments,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const { sql, conditions, page } = await this.#open(args);
    const list = askedColumns(DECISIONS, DECISION, asked);
    return toConnection(await readPage<DecisionView>(sql, list, conditions, page), DECISION, context.now);
  }

  @Query('decisionHistory')
  async decisionHistory(
    @Args() args: DecisionsArguments,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const { sql, conditions, page } = await this.#open(args);
    const list = askedColumns(DECISION_HISTORY_LIST, RECORDED_DECISION, asked);
    const found = await readPage<DecisionHistoryView>(sql, list, conditions, page);
    return toConnection(found, RECORDED_DECISION, context.now);
  }

  @ResolveField('causedEvents')
  async causedEvents({ causedEventIds }: DecisionObject, _: unknown, { scope }: Scoped, asked: Asked) {
    const list = askedColumns(EVENTS, EVENT, asked);
    const found = await Promise.all(
      causedEventIds.map(id => scope.row<EventView>({ list, keyColumns: ['event_id'], key: [id] })),
    );
    return found.flatMap(row => (row ? [EVENT.of(row, scope.now)] : []));
  }

  async #open(args: DecisionsArguments) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    return { page, sql, conditions: [...subjectConditions(args), ...decisionConditions(args.filter ?? {})] };
  }
}
