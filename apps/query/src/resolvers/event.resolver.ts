import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, Resolver } from '@nestjs/graphql';
import type { EventFilter, EventView, SubjectFilter } from '@replicante/read-models';
import { eventConditions, eventList, readPage, subjectConditions } from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext } from '../graphql/request-context.js';
import { toConnection } from '../objects/connection.js';
import { EVENT } from '../objects/event.object.js';

interface EventsArguments extends RootArguments, PageInput {
  readonly filter?: (SubjectFilter & EventFilter) | null;
  readonly newestFirst?: boolean | null;
}

@Resolver('Event')
export class EventResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('events')
  async events(
    @Args() args: EventsArguments,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const filter = args.filter ?? {};
    const ofCluster = Boolean(filter.nsId) && Boolean(filter.clusterId);
    const all = eventList({ ofCluster, newestFirst: args.newestFirst ?? false });
    const list = askedColumns(all, EVENT, asked);
    const conditions = [...subjectConditions(filter), ...eventConditions(filter)];
    return toConnection(await readPage<EventView>(sql, list, conditions, page), EVENT, context.now);
  }

  @Query('event')
  async event(
    @Args() args: RootArguments & { readonly id: string },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    await this.reads.open(args);
    const list = askedColumns(eventList({ ofCluster: false, newestFirst: false }), EVENT, asked);
    const row = await context.row<EventView>({ list, keyColumns: ['event_id'], key: [args.id] });
    return row && EVENT.of(row, context.now);
  }
}
