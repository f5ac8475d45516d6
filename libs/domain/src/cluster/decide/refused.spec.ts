import { describe, expect, it } from '@jest/globals';
import type { Rejection } from '@replicante/kernel';
import { fieldsOf } from '../../given.fixture.js';
import type { ClusterCommand } from '../commands.js';
import type { DecisionInput } from '../simulated-cluster.fixture.js';
import { SimulatedCluster, convergedCluster, specOf } from '../simulated-cluster.fixture.js';
import { declaring, fresh, ids, nodeActionByHand } from '../rules/asked.fixture.js';
import { clusterDecider } from './index.js';

/** The whole refusal of what `execute` answers as its code. */
function refusalOf(cluster: SimulatedCluster, command: ClusterCommand): Rejection {
  const inputs: DecisionInput[] = [];
  cluster.inspect = input => void inputs.push(input);
  cluster.execute(command, cluster.lease);
  const input = inputs.at(-1);
  const decision = input && clusterDecider.decide(input.envelope, input.state, input.context);
  if (!decision || decision.accepted) throw new Error(`${command.type} was accepted`);
  return decision.rejection;
}
const nodeAction = (action_id: string, kind = 'example.com/x'): ClusterCommand => ({
  type: 'CreateNodeAction',
  data: {
    action: { ...ids, node_id: 'pg-1', action_id, args: null, kind, metadata: {} },
    approval: 'required',
  },
});
const coreAction = (action_id: string): ClusterCommand => ({
  type: 'CreateOrchestratorAction',
  data: {
    action: {
      ...ids,
      action_id,
      args: null,
      kind: 'core.replicante.io/test.loop',
      metadata: {},
      timeout: null,
    },
    approval: 'required',
  },
});
const change = (verb: 'Approve' | 'Reject' | 'Cancel', action_id = 'a'): ClusterCommand => ({
  type: `${verb}Action`,
  data: { ...ids, action_id },
});
const INIT = 'agent.replicante.io/cluster.init';

describe('a refusal names the field that is at fault', () => {
  it.each([nodeAction('a'), coreAction('a')])('$type: the cluster is not declared', command => {
    const refusal = refusalOf(new SimulatedCluster(), command);
    expect([refusal.code, fieldsOf(refusal)]).toEqual(['CLUSTER_NOT_FOUND', ['spec.cluster_id']]);
  });
  it.each([nodeAction('a'), coreAction('a')])('$type: the cluster is declared no more', command => {
    const cluster = fresh(1);
    cluster.execute({ type: 'DeleteClusterSpec', data: ids });
    expect(refusalOf(cluster, command).code).toBe('CLUSTER_NOT_FOUND');
  });
  it.each([nodeAction('a'), coreAction('a')])('$type: the id is taken', command => {
    const cluster = fresh(1);
    cluster.execute(nodeAction('a'));
    const refusal = refusalOf(cluster, command);
    expect([refusal.code, fieldsOf(refusal)]).toEqual(['ACTION_EXISTS', ['spec.action_id']]);
  });
  it('CreateNodeAction: the cluster was initialised', () => {
    const refusal = refusalOf(convergedCluster(1), nodeAction('a', INIT));
    expect([refusal.code, fieldsOf(refusal)]).toEqual(['ALREADY_INITIALISED', ['spec.kind']]);
  });
  it('CreateNodeAction: an initialisation was sent, though no member came of it', () => {
    const cluster = fresh(1);
    cluster.agentPhase = () => 'FAILED';
    for (let i = 0; i < 4; i += 1) cluster.cycle();
    expect(cluster.state.everMember).toBe(false);
    expect(refusalOf(cluster, nodeAction('again', INIT)).code).toBe('ALREADY_INITIALISED');
  });
  it('CreateNodeAction: the cluster has members, though Core initialised it never', () => {
    const cluster = fresh(1);
    Object.assign(cluster.nodes.get('pg-1') ?? {}, { status: 'HEALTHY', identity: 'i', role: 'Primary' });
    cluster.cycle();
    expect(cluster.state.initAction).toBeNull();
    expect(refusalOf(cluster, nodeAction('again', INIT)).code).toBe('ALREADY_INITIALISED');
  });
  it('AllowReinitialisation: the loss was not accepted', () => {
    const refusal = refusalOf(convergedCluster(1), {
      type: 'AllowReinitialisation',
      data: { ...ids, accept_data_loss: false },
    });
    expect([refusal.code, fieldsOf(refusal)]).toEqual(['DATA_LOSS_NOT_ACCEPTED', ['accept_data_loss']]);
  });
  it.each([
    ['Approve', 'approved'],
    ['Reject', 'rejected'],
  ] as const)('%s: says what the action is and cannot be', (verb, word) => {
    const cluster = fresh(1);
    cluster.execute(nodeAction('a'));
    cluster.execute(change('Cancel'));
    expect(refusalOf(cluster, change(verb))).toEqual({
      code: 'ACTION_NOT_PENDING_APPROVAL',
      message: `Action 'a' is CANCELLED: only PENDING_APPROVE can be ${word}`,
    });
  });
  it('RequestCycle: the cluster is declared no more', () => {
    const cluster = fresh(1);
    cluster.execute({ type: 'DeleteClusterSpec', data: ids });
    expect(refusalOf(cluster, { type: 'RequestCycle', data: ids }).code).toBe('CLUSTER_NOT_FOUND');
  });
  it('SubmitObservation: the cluster is declared no more', () => {
    const cluster = fresh(1);
    cluster.cycle();
    cluster.execute({ type: 'DeleteClusterSpec', data: ids });
    const observation = { cycle_id: 'c', observer: 'w', spec_revision: 0, cycle_age_ms: 0, nodes: [] };
    const submit: ClusterCommand = {
      type: 'SubmitObservation',
      data: { ...ids, observation, act_within_ms: 1 },
    };
    expect(refusalOf(cluster, submit).code).toBe('CLUSTER_NOT_FOUND');
  });
});

describe('a change by a person', () => {
  const lastEvent = (cluster: SimulatedCluster) => cluster.log.at(-1)?.event;

  it.each([
    ['Approve', 'NodeActionApproved', 'PENDING_SCHEDULE', false],
    ['Reject', 'NodeActionRejected', 'CANCELLED', true],
    ['Cancel', 'NodeActionCancelled', 'CANCELLED', true],
  ] as const)('%s of an action on a node is %s', (verb, type, phase, over) => {
    const cluster = fresh(1);
    cluster.execute(nodeAction('a'));
    const now = new Date(cluster.nowMs).toISOString();
    expect(cluster.execute(change(verb))).toEqual({ kind: 'action', node_id: 'pg-1', action_id: 'a' });
    expect(lastEvent(cluster)).toMatchObject({
      type: `cluster.${type}.v1`,
      data: {
        action: { action_id: 'a', finished_time: over ? now : null, state: { phase } },
        ...(verb === 'Cancel' ? { reason: 'user' } : {}),
      },
    });
  });
  it.each([
    ['Approve', 'OrchestratorActionApproved', 'PENDING_SCHEDULE', false],
    ['Reject', 'OrchestratorActionRejected', 'CANCELLED', true],
    ['Cancel', 'OrchestratorActionCancelled', 'CANCELLED', true],
  ] as const)('%s of an action of Core is %s', (verb, type, state, over) => {
    const cluster = fresh(1);
    cluster.execute(coreAction('a'));
    const now = new Date(cluster.nowMs).toISOString();
    expect(cluster.execute(change(verb))).toEqual({ kind: 'action', node_id: null, action_id: 'a' });
    expect(lastEvent(cluster)).toMatchObject({
      type: `cluster.${type}.v1`,
      data: { action: { action_id: 'a', finished_ts: over ? now : null, state } },
    });
  });
  it.each<[ClusterCommand, string]>([
    [{ type: 'DeleteClusterSpec', data: ids }, 'ClusterSpecDeleted'],
    [{ type: 'RequestCycle', data: ids }, 'CycleRequested'],
    [{ type: 'AllowReinitialisation', data: { ...ids, accept_data_loss: true } }, 'ReinitialisationAllowed'],
  ])('$type names the cluster', (command, type) => {
    const cluster = convergedCluster(1);
    cluster.execute(command);
    expect(lastEvent(cluster)).toEqual({ type: `cluster.${type}.v1`, data: ids });
  });
  it('RetryRule names rule and subject', () => {
    const cluster = fresh(0, declaring(1, { approval: 'required' }));
    cluster.apply(specOf(1, s => ({ ...s, declaration: { ...s.declaration, approval: 'required' } })));
    cluster.cycle();
    const [action_id = ''] = [...cluster.state.orchestratorActions.keys()];
    cluster.execute(change('Reject', action_id));
    const retry = { ...ids, rule: 'node-scale-up', subject: 'group:main' };
    cluster.execute({ type: 'RetryRule', data: retry });
    expect(lastEvent(cluster)).toEqual({ type: 'cluster.RetryRequested.v1', data: retry });
  });
});

it('an observation of a node that the cluster does not have changes nothing', () => {
  const cluster = fresh(1);
  nodeActionByHand(cluster, 'example.com/x');
  cluster.tamper = seen => ({ ...seen, node_id: 'stranger' });
  cluster.cycle();
  expect(cluster.types()).not.toContain('NodeChanged');
  expect(cluster.state.nodes.size).toBe(0);
});
