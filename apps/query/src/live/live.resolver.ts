import { Inject } from '@nestjs/common';
import { Args, Context, Parent, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { invalid } from '../arguments/invalid.js';
import { checkTexts } from '../arguments/texts.js';
import { withExtensions } from '../graphql/error-formatter.js';
import type { RequestContext } from '../graphql/request-context.js';
import { clusterObject } from '../objects/cluster.object.js';
import { eventObject } from '../objects/event.object.js';
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
    return mapped(this.feed.events(args, after), row => ({ clusterEvents: eventObject(row) }));
  }

  @Subscription('clusterChanged')
  clusterChanged(@Args() args: ClusterKey) {
    withExtensions(() => checkTexts(args));
    const { nsId, clusterId } = args;
    return mapped(this.feed.changes(args), state => ({ clusterChanged: { nsId, clusterId, ...state } }));
  }

  @ResolveField('cluster')
  async cluster(
    @Parent() { nsId, clusterId }: ClusterKey & ClusterState,
    @Context('scope') context: RequestContext,
  ) {
    const row = await context.clusters.load([nsId, clusterId]);
    return row ? clusterObject(row, context.now) : null;
  }
}
