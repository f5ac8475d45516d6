import { Inject } from '@nestjs/common';
import { Args, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import type { ClusterView } from '@replicante/read-models';
import { CLUSTER_KNOWN, CLUSTERS } from '@replicante/read-models';
import { invalid } from '../arguments/invalid.js';
import { checkTexts } from '../arguments/texts.js';
import { withExtensions } from '../graphql/error-formatter.js';
import { askedColumns, type Asked } from '../graphql/asked.js';
import type { Scoped } from '../graphql/request-context.js';
import { CLUSTER } from '../objects/cluster.object.js';
import { EVENT } from '../objects/event.object.js';
import { ClusterFeed, type ClusterKey, type ClusterState } from './cluster-feed.js';
import { mapped } from './mapped.js';

@Resolver('ClusterChange')
export class LiveResolver {
  constructor(@Inject(ClusterFeed) private readonly feed: ClusterFeed) {}

  @Subscription('clusterEvents')
  clusterEvents(@Args() args: ClusterKey & { readonly afterRevision?: number | null }) {
    const after = args.afterRevision ?? null;
    withExtensions(() => {
      checkTexts(args);
      if (after !== null && after < -1)
        throw invalid({
          field: 'afterRevision',
          description: 'must be a revision; -1 is before the first event',
        });
    });
    return mapped(this.feed.events(args, after), row => ({ clusterEvents: EVENT.of(row, Date.now()) }));
  }

  @Subscription('clusterChanged')
  clusterChanged(@Args() args: ClusterKey) {
    withExtensions(() => checkTexts(args));
    const { nsId, clusterId } = args;
    return mapped(this.feed.changes(args), state => ({ clusterChanged: { nsId, clusterId, ...state } }));
  }

  @ResolveField('cluster')
  async cluster({ nsId, clusterId }: ClusterKey & ClusterState, _: unknown, { scope }: Scoped, asked: Asked) {
    const row = await scope.row<ClusterView>({
      list: askedColumns(CLUSTERS, CLUSTER, asked),
      keyColumns: ['ns_id', 'cluster_id'],
      key: [nsId, clusterId],
      where: CLUSTER_KNOWN,
    });
    return row && CLUSTER.of(row, scope.now);
  }
}
