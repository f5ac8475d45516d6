import type { FoldView, HandlingObserver, Snapshots, Tools } from '@replicante/command-handling';
import { CommandHandler, StreamFolds } from '@replicante/command-handling';
import type { DecisionIds, TurnReads } from '@replicante/command-handling';
import type {
  ClusterAnswer,
  ClusterCommand,
  ClusterContext,
  ClusterEvent,
  ClusterState,
  NamespaceCommand,
  NamespaceEvent,
  NamespaceState,
  PlatformAnswer,
  PlatformCommand,
  PlatformContext,
  PlatformEvent,
  PlatformRef,
  PlatformState,
} from '@replicante/domain';
import { clusterDecider, namespaceDecider, platformDecider } from '@replicante/domain';
import type { EventStore } from '@replicante/event-store';
import { namespaceStream, platformStream } from '@replicante/kernel';
import { knownTypes } from './event-types.js';

/** The three kinds of streams that users and workers command. */
export interface Aggregates {
  readonly namespaces: CommandHandler<NamespaceState, NamespaceCommand, NamespaceEvent, undefined, undefined>;
  readonly platforms: CommandHandler<
    PlatformState,
    PlatformCommand,
    PlatformEvent,
    PlatformContext,
    PlatformAnswer
  >;
  readonly clusters: CommandHandler<
    ClusterState,
    ClusterCommand,
    ClusterEvent,
    ClusterContext,
    ClusterAnswer
  >;
  readonly platformFolds: StreamFolds<PlatformState, PlatformEvent>;
}

export interface AggregatesOptions {
  readonly store: EventStore;
  readonly tools: Tools;
  readonly observer: HandlingObserver;
  /** Absent: what is not in memory is folded from zero. */
  readonly snapshots?: Snapshots;
}

/** A repeat is never answered with instructions: they would act on what was true then (safety.md §2). */
const rememberedCluster = (answer: ClusterAnswer): ClusterAnswer =>
  answer.kind === 'action' ? answer : { kind: 'none' };

export function aggregates({ store, tools, observer, snapshots }: AggregatesOptions): Aggregates {
  const shared = { store, tools, observer };
  const read = { store, observer, ...(snapshots && { snapshots }) };
  const namespaceFolds = new StreamFolds({
    ...read,
    folding: { ...namespaceDecider, knows: knownTypes('namespace') },
  });
  const platformFolds = new StreamFolds({
    ...read,
    folding: { ...platformDecider, knows: knownTypes('platform') },
  });
  const clusterFolds = new StreamFolds({
    ...read,
    folding: { ...clusterDecider, knows: knownTypes('cluster') },
  });
  const clusterReads = (ns: string, state: ClusterState, reads: TurnReads) => {
    const ref = platformOf(state);
    return [
      reads.read(namespaceFolds, namespaceStream(ns)),
      ref === null
        ? Promise.resolve(null)
        : reads.read(platformFolds, platformStream(ref.ns_id ?? ns, ref.name)),
    ] as const;
  };
  const clusterContext = async (
    command: ClusterCommand,
    at: FoldView<ClusterState>,
    ids: DecisionIds,
    reads: TurnReads,
  ): Promise<ClusterContext> => {
    const [namespace, platform] = await Promise.all(clusterReads(namespaceOf(command), at.state, reads));
    return {
      revision: at.revision,
      namespace: namespace.state,
      namespaceRevision: namespace.revision,
      platform: platform?.state ?? null,
      platformRevision: platform?.revision ?? null,
      deriveId: ids.deriveId,
      eventId: ids.eventId,
    };
  };

  return {
    platformFolds,
    namespaces: new CommandHandler({
      ...shared,
      decider: namespaceDecider,
      folds: namespaceFolds,
      context: () => undefined,
    }),
    platforms: new CommandHandler({
      ...shared,
      decider: platformDecider,
      folds: platformFolds,
      foresee: (command, _known, reads) => {
        void reads.read(namespaceFolds, namespaceStream(namespaceOf(command)));
      },
      context: async ({ command }, _at, _ids, reads) => ({
        namespace: (await reads.read(namespaceFolds, namespaceStream(namespaceOf(command)))).state,
      }),
      decideAgain: new Set<PlatformCommand['type']>(['BeginDiscovery']),
    }),
    clusters: new CommandHandler({
      ...shared,
      decider: clusterDecider,
      folds: clusterFolds,
      foresee: (command, known, reads) => {
        void clusterReads(namespaceOf(command), known ?? clusterDecider.initialState, reads);
      },
      context: ({ command }, at, ids, reads) => clusterContext(command, at, ids, reads),
      remember: rememberedCluster,
      decides: event => event.type === 'cluster.DecisionMade.v1',
      decideAgain: new Set<ClusterCommand['type']>(['BeginCycle']),
    }),
  };
}

function namespaceOf(command: ClusterCommand | PlatformCommand): string {
  switch (command.type) {
    case 'ApplyClusterSpec':
      return command.data.spec.ns_id;
    case 'ApplyPlatform':
      return command.data.platform.ns_id;
    case 'CreateNodeAction':
    case 'CreateOrchestratorAction':
      return command.data.action.ns_id;
    default:
      return command.data.ns_id;
  }
}

const platformOf = ({ spec }: ClusterState): PlatformRef | null =>
  spec.status === 'declared' || spec.status === 'synthetic' ? spec.spec.platform : null;
