import { Inject } from '@nestjs/common';
import { Args, Context, Info, Query, ResolveField, Resolver } from '@nestjs/graphql';
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
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { RequestContext, Scoped } from '../graphql/request-context.js';
import { CLUSTER } from '../objects/cluster.object.js';
import { toConnection } from '../objects/connection.js';
import { NAMESPACE, type NamespaceObject } from '../objects/namespace.object.js';
import { PLATFORM } from '../objects/platform.object.js';

@Resolver('Namespace')
export class NamespaceResolver {
  constructor(@Inject(Reads) private readonly reads: Reads) {}

  @Query('namespace')
  async namespace(
    @Args() args: RootArguments & { readonly id: string },
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const sql = await this.reads.open(args);
    checkIdentifier('id', args.id);
    const list = askedColumns(NAMESPACES, NAMESPACE, asked);
    const [row] = await readByKey<NamespaceView>(sql, list, ['ns_id'], [[args.id]]);
    return row && NAMESPACE.of(row, context.now);
  }

  @Query('namespaces')
  async namespaces(
    @Args() args: RootArguments & PageInput,
    @Context('scope') context: RequestContext,
    @Info() asked: Asked,
  ) {
    const page = pageOf(args);
    const sql = await this.reads.open(args);
    const list = askedColumns(NAMESPACES, NAMESPACE, asked);
    return toConnection(await readPage<NamespaceView>(sql, list, [], page), NAMESPACE, context.now);
  }

  @ResolveField('platforms')
  async platforms({ id }: NamespaceObject, args: PageInput, { scope }: Scoped, asked: Asked) {
    const owned = {
      list: askedColumns(PLATFORMS, PLATFORM, asked),
      ownerColumns: ['ns_id'],
      owner: [id],
      conditions: [],
      page: pageOf(args),
    };
    return toConnection(await scope.page<PlatformView>(owned), PLATFORM, scope.now);
  }

  @ResolveField('clusters')
  async clusters({ id }: NamespaceObject, args: PageInput, { scope }: Scoped, asked: Asked) {
    const owned = {
      list: askedColumns(CLUSTERS, CLUSTER, asked),
      ownerColumns: ['ns_id'],
      owner: [id],
      conditions: clusterConditions({}),
      page: pageOf(args),
    };
    return toConnection(await scope.page<ClusterView>(owned), CLUSTER, scope.now);
  }
}
