import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, Resolver } from '@nestjs/graphql';
import type { PlatformView } from '@replicante/read-models';
import { PLATFORMS, readByKey, readPage, subjectConditions } from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext } from '../graphql/request-context.js';
import { toConnection } from '../objects/connection.js';
import { PLATFORM } from '../objects/platform.object.js';

@Resolver('Platform')
export class PlatformResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('platform')
  async platform(
    @Args() args: RootArguments & { readonly nsId: string; readonly name: string },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const sql = await this.reads.open(args);
    const list = askedColumns(PLATFORMS, PLATFORM, asked);
    const [row] = await readByKey<PlatformView>(sql, list, ['ns_id', 'name'], [[args.nsId, args.name]]);
    return row && PLATFORM.of(row, context.now);
  }

  @Query('platforms')
  async platforms(
    @Args() args: RootArguments & PageInput & { readonly nsId?: string | null },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = subjectConditions({ nsId: args.nsId });
    const list = askedColumns(PLATFORMS, PLATFORM, asked);
    return toConnection(await readPage<PlatformView>(sql, list, conditions, page), PLATFORM, context.now);
  }
}
