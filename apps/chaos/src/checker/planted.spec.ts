import { describe, expect, it } from '@jest/globals';
import type { Evidence, StoredEvent } from '../evidence/evidence.js';
import { PROOFS, check } from './check.js';
import { TASK_STEPS, enqueue, executed, logged, soundEvidence, take } from './evidence.fixture.js';
import { foldTasks } from './task-log.js';

type Planted = readonly [defect: string, plant: (sound: Evidence) => Partial<Evidence>, says: RegExp];

const last = (events: readonly StoredEvent[]): StoredEvent => events[events.length - 1]!;
/** One more event at the end of the cluster's stream. */
const appended = (events: readonly StoredEvent[], change: Partial<StoredEvent>): readonly StoredEvent[] => {
  const { position, revision } = last(events);
  return [
    ...events,
    { ...last(events), id: 'planted', position: position + 1n, revision: revision + 1, ...change },
  ];
};
const without = (events: readonly StoredEvent[], type: string) => events.filter(e => !e.type.includes(type));

const planted: Readonly<Record<string, readonly Planted[]>> = {
  '§14.1': [
    [
      'a command that was recorded twice',
      ({ events }) => ({ events: appended(events, { commandId: 'apply' }) }),
      /apply .*not one append/,
    ],
    [
      'a command that was answered and is lost',
      ({ events }) => ({
        events: events.map(e => (e.commandId === 'create' ? { ...e, commandId: 'x' } : e)),
      }),
      /create .*has no event/,
    ],
    [
      'a refused command that left an event',
      ({ events }) => ({ events: appended(events, { commandId: 'refused' }) }),
      /refused .*was refused each time/,
    ],
    [
      'an answered position before its events',
      ({ calls }) => ({
        calls: calls.map(c =>
          c.outcome.kind === 'ok' ? { ...c, outcome: { ...c.outcome, position: '0' } } : c,
        ),
      }),
      /position 0/,
    ],
    [
      'two payloads accepted under one id',
      ({ calls }) => ({ calls: [...calls, { ...calls[0]!, payload: 'another' }] }),
      /two payloads/,
    ],
    ['an event recorded twice', ({ events }) => ({ events: appended(events, { id: 'event-0' }) }), /2 times/],
  ],
  '§14.2': [
    [
      'a provision that was carried out twice under one attempt',
      ({ platformCalls }) => ({ platformCalls: [...platformCalls, ...platformCalls] }),
      /attempt-p: the platform carried it out 2 times/,
    ],
    [
      'a provision delivered again under another key',
      ({ platformCalls, nodes, events }) => ({
        platformCalls: [...platformCalls, ...platformCalls.map(c => ({ ...c, attemptId: 'other' }))],
        nodes: [
          ...nodes,
          { ...nodes[0]!, nodeId: 'pg-2', provisionAttempt: 'other', standbySignal: true, writable: false },
        ],
        events,
      }),
      /attempt other has no intent/,
    ],
    [
      'one attempt as two actions at agents',
      ({ agentActions }) => ({
        agentActions: [...agentActions, { ...agentActions[0]!, id: 'x', node: 'pg-2' }],
      }),
      /attempt-a: 2 actions/,
    ],
    [
      'an effect sent before its intent was recorded',
      ({ sent }) => ({ sent: sent.map(s => ({ ...s, arrivedAt: s.arrivedAt - 5_000 })) }),
      /ms before its intent/,
    ],
    [
      'an intent that never ends',
      ({ events }) => ({ events: without(events, 'ProvisionSettled') }),
      /attempt-p \(provision\) has no end/,
    ],
    [
      'a node that no record has',
      ({ nodes }) => ({ nodes: [...nodes, { ...nodes[0]!, nodeId: 'pg-9' }] }),
      /pg-9 is on disk/,
    ],
    [
      'a postmaster that is nobody’s',
      () => ({ strayServers: ['/data/pg-3/data.joining-x'] }),
      /data.joining-x/,
    ],
  ],
  '§14.3': [
    [
      'an action accepted under a lower fence',
      ({ sent, agentActions }) => ({
        sent: [...sent, { ...sent[1]!, attemptId: 'attempt-b', fence: '0.6' }],
        agentActions: [
          ...agentActions,
          { ...agentActions[0]!, id: 'b', sequence: 2, attempts: ['attempt:attempt-b'] },
        ],
      }),
      /under 0\.6 after 0\.7/,
    ],
    [
      'a provision done under a lower fence',
      ({ platformCalls }) => ({
        platformCalls: [...platformCalls, { ...platformCalls[1]!, attemptId: 'b', fence: '0.6' }],
      }),
      /platform accepted attempt b under 0\.6/,
    ],
    [
      'an effect sent after its notAfter',
      ({ sent }) => ({ sent: sent.map(s => ({ ...s, arrivedAt: s.arrivedAt + 60_000 })) }),
      /ms after its notAfter/,
    ],
    [
      'a lower lease recorded after a higher one',
      ({ events }) => ({
        events: appended(events, {
          type: 'cluster.LeaseTaken.v1',
          data: { lease: { work: 'cycle', epoch: 0, token: 6, holder: 'b' } },
        }),
      }),
      /a lower lease/,
    ],
  ],
  '§14.4b': [
    [
      'an event that was never published',
      ({ published }) => ({ published: published!.slice(1) }),
      /cluster-default:pg@0 .*is not on its topic/,
    ],
    [
      'two events in the wrong order',
      ({ published }) => ({ published: [...published!.slice(1), published![0]!] }),
      /0 first occurs after 10/,
    ],
    [
      'an event under another revision',
      ({ published }) => ({ published: [...published!, { ...published![3]!, revision: 12 }] }),
      /@3 .*was published as .*@12/,
    ],
    [
      'an event that was published and never recorded',
      ({ published }) => ({ published: [...published!, { ...published![3]!, id: 'ghost' }] }),
      /published and never recorded/,
    ],
    [
      'a cluster on two partitions',
      ({ published }) => ({ published: published!.map((p, i) => ({ ...p, partition: i % 2 })) }),
      /lies in 2 partitions/,
    ],
  ],
  '§14.4c': [
    [
      'a node that fell ill and is served as healthy',
      ({ fleet }) => ({
        fleet: fleet && { ...fleet, seen: fleet.seen.map(node => ({ ...node, status: 'HEALTHY' })) },
      }),
      /fleet-0001-n2 of fleet-0001 is UNHEALTHY and is served as HEALTHY/,
    ],
    [
      'a node that is not served',
      ({ fleet }) => ({ fleet: fleet && { ...fleet, seen: fleet.seen.slice(1) } }),
      /fleet-0001-n1 of fleet-0001 is HEALTHY and is served as unknown/,
    ],
    [
      'a provision for a cluster that lacks nothing',
      ({ fleet }) => ({
        fleet: fleet && {
          ...fleet,
          played: { ...fleet.played, unexpected: ['platform: POST /provision'] },
        },
      }),
      /the fleet was asked platform: POST \/provision/,
    ],
  ],
  '§14.5a': [
    [
      'a task that vanished',
      ({ tasks }) => ({ tasks: { ...tasks!, enqueued: tasks!.enqueued + 1 } }),
      /11 were enqueued; 9 ended and 1 are there/,
    ],
    [
      'a task that ended twice',
      ({ tasks }) => ({ tasks: { ...tasks!, ended: { ...tasks!.ended, executed: 9 } } }),
      /10 ended and 1 are there/,
    ],
    [
      'an end that is none of the five',
      ({ tasks }) => ({ tasks: { ...tasks!, ended: { executed: 8, lost: 1 } } }),
      /1 ended as "lost"/,
    ],
  ],
  '§14.5b': [
    [
      'a cluster that nobody cycled after a fault',
      ({ cycles }) => ({
        cycles: { ...cycles!, completedAt: cycles!.completedAt.filter(at => at < cycles!.faults[0]!.to) },
      }),
      /no cycle was completed for \d+ ms after worker-1 was killed/,
    ],
    [
      'a cluster that nobody cycled though nothing was broken',
      ({ cycles }) => ({
        cycles: { ...cycles!, faults: [], completedAt: cycles!.completedAt.slice(0, 3) },
      }),
      /ms after a cycle/,
    ],
  ],
  '§14.5c': [
    [
      'a task that was enqueued again long after its end',
      ({ taskLog }) => ({
        taskLog: {
          ...taskLog!,
          records: logged([
            ...[...TASK_STEPS, ...Array.from({ length: 60 }, () => ({ type: 'claim', grant: 1 }))],
            enqueue('a'),
          ]),
        },
      }),
      /task a was enqueued again 66000 ms after it came first/,
    ],
    [
      'another task under the id of one that has ended',
      ({ taskLog }) => ({
        taskLog: {
          ...taskLog!,
          records: logged([
            ...TASK_STEPS,
            { type: 'enqueue', tasks: [{ id: 'a', key: 'pg', kind: 'k', payload: { other: 1 } }] },
          ]),
        },
      }),
      /task a was enqueued again as another one/,
    ],
    [
      'a task that the queue lost count of',
      ({ taskLog }) => ({ taskLog: { ...taskLog!, before: { ...taskLog!.before, enqueued: 4 } } }),
      /enqueued: 3 by the log; the queue said 4 before and 3 after/,
    ],
    [
      'an answer that the queue took from somebody whose delivery was over',
      ({ taskLog }) => ({
        taskLog: {
          ...taskLog!,
          records: logged(TASK_STEPS.map((step, i) => (i === 3 ? executed('a', 'worker-2') : step))),
        },
      }),
      /executed: 0 by the log; the queue said 1/,
    ],
    [
      'a record that nobody should write',
      ({ taskLog }) => ({ taskLog: { ...taskLog!, records: logged([...TASK_STEPS, { type: 'odd' }]) } }),
      /partition 0 @6: a record of type "odd"/,
    ],
  ],
  '§14.7': [
    [
      'a snapshot whose state is not what the events say',
      ({ snapshots, events }) => ({
        snapshots: snapshots.map(s => ({ ...s, state: s.state.replace('known', 'absent') })),
        events: events.filter(e => e.id !== 'namespace-1'),
      }),
      /namespace-default@0 and 0 events: .*"absent".*"known"/,
    ],
    [
      'a snapshot of another history',
      ({ snapshots }) => ({ snapshots: snapshots.map(s => ({ ...s, eventId: 'other' })) }),
      /ends with event other, the stream has namespace-0/,
    ],
  ],
  '§14.6': [
    [
      'two servers that acknowledged writes',
      ({ acknowledged }) => ({
        acknowledged: [...acknowledged, { ...acknowledged[0]!, node: 'pg-2', number: 2 }],
      }),
      /acknowledged by pg-1 .*pg-2/,
    ],
    [
      'a second writable server',
      ({ nodes }) => ({ nodes: [...nodes, { ...nodes[0]!, nodeId: 'pg-2' }] }),
      /writable at the end: pg-1, pg-2/,
    ],
    [
      'another identity',
      ({ nodes }) => ({ nodes: [...nodes, { ...nodes[0]!, nodeId: 'pg-2', systemIdentifier: '8' }] }),
      /2 identities/,
    ],
    [
      'a lost row',
      ({ nodes }) => ({ nodes: nodes.map(n => ({ ...n, rows: [1] })) }),
      /lacks 1 acknowledged rows, such as 2/,
    ],
  ],
  '§14.4a': [
    [
      'a read model that stands still',
      ({ served }) => ({ served: { ...served, revision: served.revision - 1 } }),
      /revision: folded 10, served 9/,
    ],
    [
      'an action served in another phase',
      ({ served }) => ({ served: { ...served, actions: [{ ...served.actions[0]!, phase: 'RUNNING' }] } }),
      /action action-1/,
    ],
    ['a node that is not served', ({ served }) => ({ served: { ...served, nodes: [] } }), /node pg-1/],
    [
      'an event that the read model lacks',
      ({ served }) => ({ served: { ...served, eventIds: served.eventIds.slice(1) } }),
      /events: /,
    ],
  ],
};

it('finds nothing in a run in which nothing went wrong', () => {
  expect(check(soundEvidence())).toEqual([]);
});

describe.each(Object.entries(planted))('the proof of %s', (proof, defects) => {
  it.each(defects)('sees %s', (_defect, plant, says) => {
    const sound = soundEvidence();
    const mine = check({ ...sound, ...plant(sound) }).filter(v => v.startsWith(proof));
    expect(mine.join('\n')).toMatch(says);
  });
});

it('the clock of command may be wrong: the checker’s is not', () => {
  const sound = soundEvidence();
  const sent = sound.sent.map(s => ({ ...s, arrivedAt: s.arrivedAt - 300_000 }));
  expect(check({ ...sound, sent, eventsAheadMs: 300_000 })).toEqual([]);
  expect(check({ ...sound, sent })).not.toEqual([]);
});

it('a repeat on a topic, known by its id and revision, is no violation', () => {
  const sound = soundEvidence();
  const records = sound.published!;
  expect(check({ ...sound, published: [...records.slice(0, 5), records[2]!, ...records.slice(5)] })).toEqual(
    [],
  );
});

it('a silent delivery is given to the next, and what its first holder says then counts no more', () => {
  const steps = [
    ...[enqueue('a'), take('a', 'worker-1', 1), enqueue('b')],
    ...Array.from({ length: 4 }, () => ({ type: 'claim', grant: 2 })),
    { type: 'sweep', silent: [{ id: 'a', attempt: 1 }], expired: [], maxAttempts: 3 },
    ...[
      take('b', 'worker-1', 1),
      executed('a', 'worker-1'),
      take('b', 'worker-2', 2),
      executed('b', 'worker-2'),
    ],
  ];
  const [partition] = foldTasks({ records: logged(steps) });
  const ends = [...partition!.lives].map(([id, lives]) => [id, ...lives.ends]);
  expect(ends).toEqual([
    ['a', 'superseded'],
    ['b', 'executed'],
  ]);
  expect(partition!.depth).toBe(0);
});

// Seed 10 with --disks: an enqueue that was not answered in time was sent again, and the task had ended meanwhile.
it('a task whose enqueueing was repeated after its end has a second life, and each has its end', () => {
  const steps = [...TASK_STEPS, enqueue('a'), take('a', 'worker-1', 1), executed('a', 'worker-1')];
  const records = logged(steps);
  const [partition] = foldTasks({ records });
  expect(partition!.lives.get('a')).toMatchObject({ came: 2, ends: ['executed', 'executed'] });
  const counts = { enqueued: 4, depth: 1, ended: { ...partition!.ended } };
  const evidence = { ...soundEvidence(), taskLog: { records, before: counts, after: counts } };
  expect(check(evidence).filter(said => said.startsWith('§14.5c'))).toEqual([]);
});

it('a run on another bus, or of one process, is not said to be proved where it was not looked at', () => {
  const sound = {
    ...{ ...soundEvidence(), published: null, tasks: null, cycles: null, taskLog: null, snapshots: [] },
  };
  const unproved = PROOFS.filter(({ unprovable }) => unprovable?.(sound) !== undefined);
  expect(unproved.map(({ number }) => number)).toEqual(['4b', '5a', '5b', '5c', '7']);
});
