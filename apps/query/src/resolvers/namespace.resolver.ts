import { Inject } from '@nestjs/common';
import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { ClusterView, NamespaceView, PlatformView } from '@replicante/read-models';
import {
  clusterConditions,
  CLUSTERS,
  NAMESPACES,
  PLATFORMS,
  readByKey,
  readPage,
} from '@replicante/read-models';
import { pageOf, type PageInput } from '../arguments/page.js';
import { Reads, type RootArguments } from '../arguments/reads.js';
import { checkIdentifier } from '../arguments/texts.js';
import type { RequestContext } from '../graphql/request-context.js';
import { clusterObject } from '../objects/cluster.object.js';
import { toConnection } from '../objects/connection.js';
import { namespaceObject, type NamespaceObject } from '../objects/namespace.object.js';
import { platformObject } from '../objects/platform.object.js';

@Resolver('Namespace')
export class NamespaceResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('namespace')
  async namespace(@Args() args: RootArguments & { readonly id: string }) {
    const sql = await this.reads.open(args);
    checkIdentifier('id', args.id);
    const [row] = await readByKey<NamespaceView>(sql, NAMESPACES, ['ns_id'], [[args.id]]);
    return row && namespaceObject(row);
  }

  @Query('namespaces')
  async namespaces(@Args() args: RootArguments & PageInput) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    return toConnection(await readPage<NamespaceView>(sql, NAMESPACES, [], page), namespaceObject);
  }

  @ResolveField('platforms')
  async platforms(
    @Parent() { id }: NamespaceObject,
    @Args() args: PageInput,
    @Context('scope') context: RequestContext,
  ) {
    const owned = {
      list: PLATFORMS,
      ownerColumns: ['ns_id'],
      owner: [id],
      conditions: [],
      page: pageOf(args),
    };
    return toConnection(await context.page<PlatformView>(owned), platformObject);
  }

  @ResolveField('clusters')
  async clusters(
    @Parent() { id }: NamespaceObject,
    @Args() args: PageInput,
    @Context('scope') context: RequestContext,
  ) {
    const conditions = clusterConditions({});
    const owned = { list: CLUSTERS, ownerColumns: ['ns_id'], owner: [id], conditions, page: pageOf(args) };
    return toConnection(await context.page<ClusterView>(owned), row => clusterObject(row, context.now));
  }
}
