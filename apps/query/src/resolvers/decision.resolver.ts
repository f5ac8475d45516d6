import { Inject } from '@nestjs/common';
import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { DecisionFilter, DecisionHistoryView, DecisionView, KeysetList } from '@replicante/read-models';
import {
  decisionConditions,
  DECISION_HISTORY_LIST,
  DECISIONS,
  readPage,
  subjectConditions,
} from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import type { RequestContext } from '../graphql/request-context.js';
import { toConnection } from '../objects/connection.js';
import { decisionObject, type DecisionObject } from '../objects/decision.object.js';
import { eventObject } from '../objects/event.object.js';

interface DecisionsArguments extends RootArguments, PageInput {
  readonly nsId: string;
  readonly clusterId: string;
  readonly filter?: DecisionFilter | null;
}

@Resolver('Decision')
export class DecisionResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('decisions')
  decisions(@Args() args: DecisionsArguments, @Context('scope') context: RequestContext) {
    return this.#list<DecisionView>(DECISIONS, args, context);
  }

  @Query('decisionHistory')
  decisionHistory(@Args() args: DecisionsArguments, @Context('scope') context: RequestContext) {
    return this.#list<DecisionHistoryView>(DECISION_HISTORY_LIST, args, context);
  }

  @ResolveField('causedEvents')
  async causedEvents(
    @Parent() { causedEventIds }: DecisionObject,
    @Context('scope') context: RequestContext,
  ) {
    const found = await context.events.loadMany([...causedEventIds]);
    return found.flatMap(row => {
      if (row instanceof Error) throw row;
      return row ? [eventObject(row)] : [];
    });
  }

  async #list<T extends DecisionView | DecisionHistoryView>(
    list: KeysetList,
    args: DecisionsArguments,
    context: RequestContext,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = [...subjectConditions(args), ...decisionConditions(args.filter ?? {})];
    return toConnection(await readPage<T>(sql, list, conditions, page), row =>
      decisionObject(row, context.now),
    );
  }
}
