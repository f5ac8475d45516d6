import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clusterDecider } from './decide/index.js';
import { Troubled, faults } from './faults.fixture.js';
import { deepFreeze } from './frozen.fixture.js';

const whatever = (law: (world: Troubled) => void, runs = 25): void =>
  fc.assert(
    fc.property(faults, steps => law(new Troubled().suffer(steps))),
    { numRuns: runs },
  );

describe('whatever happens to a cluster', () => {
  it('it is initialised at most once', () => {
    whatever(({ cluster }) => expect(cluster.inits).toBeLessThanOrEqual(1));
  });

  it('no platform is asked twice under one attempt, nor without an intent before', () => {
    whatever(({ cluster, sent }) => {
      const attempts = sent.filter(i => i.kind === 'provision').map(i => i.attempt_id);
      const intents = cluster.log.flatMap(({ event }) =>
        event.type === 'cluster.ProvisionIntended.v1' ? [event.data.attempt_id] : [],
      );
      expect(attempts).toEqual(intents);
      expect(new Set(attempts).size).toBe(attempts.length);
      expect(cluster.provisions).toBeLessThanOrEqual(intents.length);
    });
  });

  it('what an act or a refusal caused exists, names the act, and comes after it', () => {
    whatever(({ cluster }) => {
      const byId = new Map(cluster.log.map(e => [e.id, e]));
      for (const { event, id, revision } of cluster.log) {
        if (event.type !== 'cluster.DecisionMade.v1') continue;
        const { outcome, caused } = event.data.decision;
        if (outcome === 'act') expect(caused.length).toBeGreaterThan(0);
        if (outcome === 'hold' || outcome === 'suppress') expect(caused).toEqual([]);
        for (const each of caused) {
          expect(byId.get(each)?.metadata.causationId).toBe(id);
          expect(byId.get(each)?.revision).toBeGreaterThan(revision);
        }
      }
    });
  });

  it('decide leaves its inputs as they were', () => {
    fc.assert(
      fc.property(faults, steps => {
        const world = new Troubled(deepFreeze).suffer(steps);
        expect(world.cluster.log.length).toBeGreaterThan(0);
      }),
      { numRuns: 15 },
    );
  });

  it('the state is the fold of the events, from zero or one by one', () => {
    whatever(({ cluster }) => {
      expect(clusterDecider.fold?.(clusterDecider.initialState, cluster.log)).toEqual(cluster.state);
    });
  });

  it('every decision comes out the same when it is made again on its prefix of the stream', () => {
    whatever(({ cluster, inputs }) => {
      for (const [i, { envelope, context }] of inputs.entries()) {
        const prefix = clusterDecider.fold?.(
          clusterDecider.initialState,
          cluster.log.slice(0, context.revision + 1),
        );
        const again = clusterDecider.decide(envelope, prefix ?? clusterDecider.initialState, context);
        const end = (inputs[i + 1]?.context.revision ?? cluster.revision) + 1;
        const appended = cluster.log.slice(context.revision + 1, end).map(e => e.event);
        const decided = again.accepted ? again.events.map(({ type, data }) => ({ type, data })) : [];
        expect(decided).toEqual(appended);
      }
    }, 15);
  });

  it('a new holder can go on after every prefix of the stream', () => {
    whatever(({ cluster, inputs }) => {
      const context = inputs.at(-1)?.context;
      if (!context) throw new Error('nothing was decided');
      let state = clusterDecider.initialState;
      for (const event of cluster.log) {
        state = clusterDecider.evolve(state, event);
        const decision = clusterDecider.decide(
          {
            command: { type: 'BeginCycle', data: { ns_id: 'ns', cluster_id: 'pg', cycle_id: 'c' } },
            metadata: {
              commandId: 'next',
              correlationId: 'next',
              actor: { kind: 'anonymous', verified: false },
              now: event.metadata.recordedAt,
              lease: { work: 'cycle', epoch: 2, token: 1, holder: 'next' },
            },
          },
          state,
          { ...context, revision: event.revision },
        );
        expect(decision).toMatchObject({ accepted: true, events: [{ type: 'cluster.LeaseTaken.v1' }] });
      }
    }, 15);
  });

  it('once all is well it converges, and then a quiet world appends nothing', () => {
    whatever(world => {
      const { cluster } = world;
      if (!world.heal()) {
        const open = [...cluster.state.decisions.values()].filter(d => !d.settled);
        throw new Error(`did not converge: ${JSON.stringify(open, null, 1)}`);
      }
      const before = cluster.log.length;
      for (let i = 0; i < 5; i += 1) {
        cluster.discover();
        cluster.cycle();
      }
      expect(cluster.types().slice(before)).toEqual([]);
    }, 25);
  });
});
