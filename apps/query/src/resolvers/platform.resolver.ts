import { Inject } from '@nestjs/common';
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { PlatformView } from '@replicante/read-models';
import { PLATFORMS, readByKey, readPage, subjectConditions } from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { toConnection } from '../objects/connection.js';
import { platformObject } from '../objects/platform.object.js';

@Resolver('Platform')
export class PlatformResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('platform')
  async platform(@Args() args: RootArguments & { readonly nsId: string; readonly name: string }) {
    const sql = await this.reads.open(args);
    const [row] = await readByKey<PlatformView>(sql, PLATFORMS, ['ns_id', 'name'], [[args.nsId, args.name]]);
    return row && platformObject(row);
  }

  @Query('platforms')
  async platforms(@Args() args: RootArguments & PageInput & { readonly nsId?: string | null }) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const conditions = subjectConditions({ nsId: args.nsId });
    return toConnection(await readPage<PlatformView>(sql, PLATFORMS, conditions, page), platformObject);
  }
}
