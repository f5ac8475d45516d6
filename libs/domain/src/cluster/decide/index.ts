import type { CommandEnvelope, Decider } from '@replicante/kernel';
import { assertNever } from '@replicante/kernel';
import type { ClusterAnswer, ClusterCommand } from '../commands.js';
import type { ClusterContext } from '../context.js';
import type { ClusterEvent } from '../events.js';
import { evolveCluster, heldKeys, foldCluster } from '../evolve.js';
import type { ClusterState } from '../state.js';
import { initialCluster } from '../state.js';
import { changeAction, createNodeAction, createOrchestratorAction } from './actions.js';
import { recordOutcome, settleProvision } from './attempts.js';
import { beginCycle, submitObservation } from './cycle.js';
import { recordDiscovery } from './discovery.js';
import type { ClusterDecision } from './outcome.js';
import { done, refuse } from './outcome.js';
import { applySpec, deleteSpec, requestCycle } from './spec.js';

function decide(
  { command, metadata }: CommandEnvelope<ClusterCommand>,
  state: ClusterState,
  context: ClusterContext,
): ClusterDecision {
  const revision = context.revision;
  switch (command.type) {
    case 'ApplyClusterSpec':
      return applySpec(command, state, context);
    case 'DeleteClusterSpec':
      return deleteSpec(command, state);
    case 'RequestCycle':
      return requestCycle(command, state);
    case 'CreateNodeAction':
      return createNodeAction(command, state, context, metadata);
    case 'CreateOrchestratorAction':
      return createOrchestratorAction(command, state, context, metadata);
    case 'ApproveAction':
      return changeAction('approve', command, state, metadata);
    case 'RejectAction':
      return changeAction('reject', command, state, metadata);
    case 'CancelAction':
      return changeAction('cancel', command, state, metadata);
    case 'BeginCycle':
      return beginCycle(command, state, context, metadata);
    case 'SubmitObservation':
      return submitObservation(command, state, context, metadata, revision);
    case 'RecordOutcome':
      return recordOutcome(command, state, context, metadata);
    case 'SettleProvision':
      return settleProvision(command, state);
    case 'RecordDiscovery':
      return recordDiscovery(command, state, context, metadata, revision);
    case 'RetryRule': {
      const { ns_id, cluster_id, rule, subject } = command.data;
      if (heldKeys(state, rule, subject).length === 0)
        return refuse({
          code: 'NOTHING_TO_SETTLE',
          message: `Rule '${rule}' has neither failures nor a rejection for '${subject}' in '${ns_id}.${cluster_id}'`,
        });
      return done([{ type: 'cluster.RetryRequested.v1', data: { ns_id, cluster_id, rule, subject } }]);
    }
    case 'AllowReinitialisation': {
      const { ns_id, cluster_id, accept_data_loss } = command.data;
      if (!accept_data_loss)
        return refuse({
          code: 'DATA_LOSS_NOT_ACCEPTED',
          message: `Initialising '${ns_id}.${cluster_id}' again can lose its data`,
          violations: [{ field: 'accept_data_loss', description: 'must be true (`--accept-data-loss`)' }],
        });
      if (state.initAction === null && !state.everMember) return done();
      return done([{ type: 'cluster.ReinitialisationAllowed.v1', data: { ns_id, cluster_id } }]);
    }
    default:
      return assertNever(command);
  }
}

export const clusterDecider: Decider<
  ClusterState,
  CommandEnvelope<ClusterCommand>,
  ClusterEvent,
  ClusterContext,
  ClusterAnswer
> = { initialState: initialCluster, decide, evolve: evolveCluster, fold: foldCluster };
