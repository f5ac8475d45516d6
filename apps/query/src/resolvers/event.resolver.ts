import { Inject } from '@nestjs/common';
import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import type { EventFilter, EventView, SubjectFilter } from '@replicante/read-models';
import { eventConditions, eventList, readPage, subjectConditions } from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import type { RequestContext } from '../graphql/request-context.js';
import { toConnection } from '../objects/connection.js';
import { eventObject } from '../objects/event.object.js';

interface EventsArguments extends RootArguments, PageInput {
  readonly filter?: (SubjectFilter & EventFilter) | null;
  readonly newestFirst?: boolean | null;
}

@Resolver('Event')
export class EventResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('events')
  async events(@Args() args: EventsArguments) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const filter = args.filter ?? {};
    const ofCluster = Boolean(filter.nsId) && Boolean(filter.clusterId);
    const list = eventList({ ofCluster, newestFirst: args.newestFirst ?? false });
    const conditions = [...subjectConditions(filter), ...eventConditions(filter)];
    return toConnection(await readPage<EventView>(sql, list, conditions, page), eventObject);
  }

  @Query('event')
  async event(
    @Args() args: RootArguments & { readonly id: string },
    @Context('scope') context: RequestContext,
  ) {
    await this.reads.open(args);
    const row = await context.events.load(args.id);
    return row && eventObject(row);
  }
}
