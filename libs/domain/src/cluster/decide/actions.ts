import type { CommandMetadata, Rejection } from '@replicante/kernel';
import type { NodeAction, OrchestratorAction } from '../../model/action.js';
import { AGENT_CLUSTER_INIT } from '../../model/action.js';
import type {
  ApproveAction,
  CancelAction,
  CreateNodeAction,
  CreateOrchestratorAction,
  RejectAction,
} from '../commands.js';
import type { ClusterContext } from '../context.js';
import type { ClusterEvent } from '../events.js';
import type { ClusterState } from '../state.js';
import { namespaceGate } from '../../namespace/gate.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';

const phaseOf = (approval: 'granted' | 'required') =>
  approval === 'required' ? ('PENDING_APPROVE' as const) : ('PENDING_SCHEDULE' as const);

/** Common to both kinds of action: the cluster is declared and the id is new. */
function creationFault(
  action: { readonly ns_id: string; readonly cluster_id: string; readonly action_id: string },
  state: ClusterState,
  context: ClusterContext,
): Rejection | null {
  const gate = namespaceGate(context.namespace, action.ns_id);
  if (gate) return gate;
  if (state.spec.status === 'absent' || state.spec.status === 'deleted')
    return {
      code: 'CLUSTER_NOT_FOUND',
      message: `ClusterSpec '${action.ns_id}.${action.cluster_id}' does not exist`,
      violations: [{ field: 'spec.cluster_id', description: 'apply the ClusterSpec first' }],
    };
  const id = action.action_id;
  if (state.nodeActions.has(id) || state.orchestratorActions.has(id) || state.finishedActions.has(id))
    return {
      code: 'ACTION_EXISTS',
      message: `Action '${id}' already exists`,
      violations: [{ field: 'spec.action_id', description: 'choose another UUID, or leave it out' }],
    };
  return null;
}

export function createNodeAction(
  { data }: CreateNodeAction,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
): ClusterDecision {
  const fault = creationFault(data.action, state, context);
  if (fault) return refuse(fault);
  if (data.action.kind === AGENT_CLUSTER_INIT && (state.everMember || state.initAction !== null))
    return refuse({
      code: 'ALREADY_INITIALISED',
      message: `Cluster '${data.action.ns_id}.${data.action.cluster_id}' was initialised before`,
      violations: [
        { field: 'spec.kind', description: 'allow it with `cluster reinitialise --accept-data-loss`' },
      ],
    });
  const action: NodeAction = {
    ...data.action,
    created_time: metadata.now,
    finished_time: null,
    scheduled_time: null,
    state: { phase: phaseOf(data.approval), error: null, payload: null },
  };
  return done([{ type: 'cluster.NodeActionCreated.v1', data: { action } }], {
    kind: 'action',
    node_id: action.node_id,
    action_id: action.action_id,
  });
}

export function createOrchestratorAction(
  { data }: CreateOrchestratorAction,
  state: ClusterState,
  context: ClusterContext,
  metadata: CommandMetadata,
): ClusterDecision {
  const fault = creationFault(data.action, state, context);
  if (fault) return refuse(fault);
  const action: OrchestratorAction = {
    ...data.action,
    created_ts: metadata.now,
    finished_ts: null,
    scheduled_ts: null,
    state: phaseOf(data.approval),
    state_payload: null,
    state_payload_error: null,
  };
  return done([{ type: 'cluster.OrchestratorActionCreated.v1', data: { action } }], {
    kind: 'action',
    node_id: null,
    action_id: action.action_id,
  });
}

type Verb = 'approve' | 'reject' | 'cancel';
const TO = { approve: 'PENDING_SCHEDULE', reject: 'CANCELLED', cancel: 'CANCELLED' } as const;

function changeNodeAction(verb: Verb, action: NodeAction, now: string): ClusterEvent {
  const after: NodeAction = {
    ...action,
    finished_time: verb === 'approve' ? null : now,
    state: { ...action.state, phase: TO[verb] },
  };
  switch (verb) {
    case 'approve':
      return { type: 'cluster.NodeActionApproved.v1', data: { action: after } };
    case 'reject':
      return { type: 'cluster.NodeActionRejected.v1', data: { action: after } };
    case 'cancel':
      return { type: 'cluster.NodeActionCancelled.v1', data: { action: after, reason: 'user' } };
  }
}

function changeOrchestratorAction(verb: Verb, action: OrchestratorAction, now: string): ClusterEvent {
  const after: OrchestratorAction = {
    ...action,
    finished_ts: verb === 'approve' ? null : now,
    state: TO[verb],
  };
  switch (verb) {
    case 'approve':
      return { type: 'cluster.OrchestratorActionApproved.v1', data: { action: after } };
    case 'reject':
      return { type: 'cluster.OrchestratorActionRejected.v1', data: { action: after } };
    case 'cancel':
      return { type: 'cluster.OrchestratorActionCancelled.v1', data: { action: after } };
  }
}

/**
 * Approve and reject only from PENDING_APPROVE; cancel from anything unfinished. Cancelling is reliable only before the
 * action is on its agent: the agent wins (domain-reference §7.1).
 */
export function changeAction(
  verb: Verb,
  { data }: ApproveAction | RejectAction | CancelAction,
  state: ClusterState,
  metadata: CommandMetadata,
): ClusterDecision {
  const id = data.action_id;
  const nodeAction = state.nodeActions.get(id)?.action;
  const orchestratorAction = state.orchestratorActions.get(id);
  const finished = state.finishedActions.get(id);
  const phase = nodeAction?.state.phase ?? orchestratorAction?.state ?? finished?.phase;
  if (phase === undefined)
    return refuse({
      code: 'ACTION_NOT_FOUND',
      message: `Action '${id}' does not exist in cluster '${data.ns_id}.${data.cluster_id}', or finished long ago`,
    });
  if (verb !== 'cancel' && phase !== 'PENDING_APPROVE')
    return refuse({
      code: 'ACTION_NOT_PENDING_APPROVAL',
      message: `Action '${id}' is ${phase}: only PENDING_APPROVE can be ${verb === 'approve' ? 'approved' : 'rejected'}`,
    });
  const answer = { kind: 'action' as const, node_id: nodeAction?.node_id ?? null, action_id: id };
  if (nodeAction) return done([changeNodeAction(verb, nodeAction, metadata.now)], answer);
  if (orchestratorAction)
    return done([changeOrchestratorAction(verb, orchestratorAction, metadata.now)], answer);
  return refuse({
    code: 'ACTION_FINISHED',
    message: `Action '${id}' is ${phase}: it cannot be cancelled any more`,
  });
}
