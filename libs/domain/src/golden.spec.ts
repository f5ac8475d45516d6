import { describe, expect, it } from '@jest/globals';
import type { Decider, DomainEvent } from '@replicante/kernel';
import { clusterDecider } from './cluster/decide/index.js';
import { EVOLVE_VERSION } from './cluster/evolve-version.js';
import type { ClusterEvent } from './cluster/events.js';
import { stored } from './given.fixture.js';
import { foldHash, goldenEvents } from './golden.fixture.js';
import { namespaceDecider } from './namespace/decide.js';
import type { NamespaceEvent } from './namespace/events.js';
import { platformDecider } from './platform/decide.js';
import type { PlatformEvent } from './platform/events.js';

/** Each type of a union, in the order of the fold; a type that is missing here does not compile. */
type Order<E extends DomainEvent> = Readonly<Record<E['type'], true>>;

const NAMESPACE: Order<NamespaceEvent> = {
  'namespace.NamespaceApplied.v1': true,
  'namespace.NamespaceDeletionRequested.v1': true,
};
const PLATFORM: Order<PlatformEvent> = {
  'platform.PlatformApplied.v1': true,
  'platform.DiscoveryRequested.v1': true,
  'platform.LeaseTaken.v1': true,
  'platform.PlatformUnavailable.v1': true,
  'platform.PlatformRecovered.v1': true,
  'platform.PlatformAnswerSuspected.v1': true,
  'platform.SuspectAnswerAccepted.v1': true,
  'platform.PlatformAnswerCleared.v1': true,
  'platform.PlatformViewChanged.v1': true,
  'platform.PlatformDeleted.v1': true,
};
const CLUSTER: Order<ClusterEvent> = {
  'cluster.ClusterSpecApplied.v1': true,
  'cluster.CycleRequested.v1': true,
  'cluster.LeaseTaken.v1': true,
  'cluster.DiscoveryRecorded.v1': true,
  'cluster.NodeChanged.v1': true,
  'cluster.NodeFlapping.v1': true,
  'cluster.StoreExtrasChanged.v1': true,
  'cluster.NodeShardsChanged.v1': true,
  'cluster.StoreIdentityRecorded.v1': true,
  'cluster.AttributeDemoted.v1': true,
  'cluster.NodeAbsenceCounted.v1': true,
  'cluster.NodeReappeared.v1': true,
  'cluster.DecisionMade.v1': true,
  'cluster.DecisionFlapping.v1': true,
  'cluster.NodeActionCreated.v1': true,
  'cluster.NodeActionApproved.v1': true,
  'cluster.NodeActionDispatched.v1': true,
  'cluster.NodeActionScheduleFailed.v1': true,
  'cluster.NodeActionSynced.v1': true,
  'cluster.NodeActionRejected.v1': true,
  'cluster.NodeActionCancelled.v1': true,
  'cluster.OrchestratorActionCreated.v1': true,
  'cluster.OrchestratorActionApproved.v1': true,
  'cluster.ProvisionIntended.v1': true,
  'cluster.OrchestratorActionProgressed.v1': true,
  'cluster.ProvisionSettled.v1': true,
  'cluster.OrchestratorActionFinished.v1': true,
  'cluster.OrchestratorActionRejected.v1': true,
  'cluster.OrchestratorActionCancelled.v1': true,
  'cluster.OrchestrateReportRecorded.v1': true,
  'cluster.ConvergenceChanged.v1': true,
  'cluster.RetryRequested.v1': true,
  'cluster.ReinitialisationAllowed.v1': true,
  'cluster.NodeRemoved.v1': true,
  'cluster.ClusterSpecDeleted.v1': true,
};

/** Of EVOLVE_VERSION. A change of `evolve` changes them, and raises it. */
const GOLDEN = {
  version: 9,
  namespace: 'd365f6376a17facd10c2a46f584eef2433673d877ce1a6c6d440cce3112afa67',
  platform: '9a87c2298ccb6dfb07413b87ef7576b5a847829e6543ad7193cb17996cade1d4',
  cluster: '3a942b76b6617f7c7668e69d3b0f42bc278e4182feb62fe551a2d2ed1aae5d8a',
} as const;

function goldenLaws<S, E extends DomainEvent>(
  context: 'namespace' | 'platform' | 'cluster',
  decider: Pick<Decider<S, never, E, never, never>, 'initialState' | 'evolve'>,
  order: Order<E>,
): void {
  const golden = goldenEvents<E>(context);
  const events = Object.keys(order).flatMap(type => golden.get(type) ?? []);

  describe(`the published events of a ${context}`, () => {
    it('have one golden file per type and version, and no other', () => {
      expect([...golden.keys()].sort()).toEqual(Object.keys(order).sort());
      expect(events.map(e => e.type)).toEqual(Object.keys(order));
    });

    it.each(stored(events).map(e => [e.event.type, e] as const))(
      'are accepted from nothing: %s',
      (_type, e) => {
        expect(decider.evolve(decider.initialState, e)).toBeDefined();
      },
    );

    it('fold as ever; another hash needs a higher EVOLVE_VERSION', () => {
      expect({
        hint: 'evolve changed: raise EVOLVE_VERSION in cluster/evolve-version.ts, for snapshot keys include it, then write it and the hashes to GOLDEN',
        version: EVOLVE_VERSION,
        hash: foldHash(decider, events),
      }).toMatchObject({ version: GOLDEN.version, hash: GOLDEN[context] });
    });
  });
}

goldenLaws('namespace', namespaceDecider, NAMESPACE);
goldenLaws('platform', platformDecider, PLATFORM);
goldenLaws('cluster', clusterDecider, CLUSTER);
