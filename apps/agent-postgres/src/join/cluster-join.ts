import type { ActionHandler, ActionOutcome, InvocationContext, RunningAction } from '@replicante/agent-sdk';
import type { Json } from '@replicante/kernel';
import { messageOf } from '@replicante/processes';
import { AgentFailure } from '../agent-failure.js';
import type { MemberAddress } from '../conninfo.js';
import { parseMemberAddress } from '../conninfo.js';
import { readMembership, removeMembership, writeMembership } from '../membership.js';
import { isVacant } from '../node-layout.js';
import { REPLICATION_ROLE, replicationPassword, slotName } from '../replication-role.js';
import type { ReplicationView } from '../replication-view.js';
import { ServerConnection } from '../server-connection.js';
import type { CopyParts } from './copy-primary.js';
import { copyPrimary } from './copy-primary.js';
import { createSlot, dropSlot } from './primary-slot.js';
import { isPassing } from './passing-error.js';

export interface ClusterJoinParts extends CopyParts {
  readonly replication: ReplicationView;
}

/** Tries of one action while the primary is away; with the pauses about three minutes. */
const MAX_TRIES = 40;
const PAUSE_MS = 5_000;

/**
 * Joins this node as a streaming standby of `args.node` (safety.md §6). Each invocation finds out from the disk how far
 * it got; a copy that was broken off, by `kill -9` too, is begun afresh in a clean directory.
 * Done when the *primary* shows the slot as streaming.
 */
export function clusterJoin(parts: ClusterJoinParts): ActionHandler {
  const { layout, config, replication } = parts;
  const slot = slotName(config.nodeId);

  const connect = ({ host, port }: MemberAddress): ServerConnection =>
    new ServerConnection({
      host,
      port,
      user: REPLICATION_ROLE,
      password: replicationPassword(config.superuserPassword),
      applicationName: `${config.nodeId} join`,
    });

  const copy = async (
    action: RunningAction,
    primary: MemberAddress,
    context: InvocationContext,
  ): Promise<ActionOutcome> => {
    const tries = triesOf(action.payload) + 1;
    const server = connect(primary);
    try {
      await createSlot(server, slot);
      await copyPrimary(parts, {
        actionId: action.id,
        primary,
        signal: context.signal,
        onProgress: (step, bytes) => context.show({ step, bytes, tries }),
      });
      return {
        phase: 'RUNNING',
        payload: { update: { step: 'waiting until the primary shows it streaming', tries } },
      };
    } catch (error) {
      if (context.signal.aborted) throw error;
      if (isPassing(error) && tries < MAX_TRIES) {
        context.log.warn('the primary went away, the copy begins again', { error_msg: messageOf(error) });
        const notBefore = new Date(Date.now() + PAUSE_MS).toISOString();
        const step = {
          step: 'waiting for the primary',
          tries,
          not_before: notBefore,
          last: messageOf(error),
        };
        return { phase: 'RUNNING', payload: { update: step } };
      }
      await giveUp(server, context);
      throw isPassing(error) ? new AgentFailure('GAVE_UP', `after ${tries} tries`, { cause: error }) : error;
    } finally {
      server.close();
    }
  };

  const giveUp = async (server: ServerConnection, context: InvocationContext): Promise<void> => {
    await layout.sweep();
    await dropSlot(server, slot).catch((error: unknown) =>
      context.log.warn('the slot of the failed join is left on the primary', { error_msg: messageOf(error) }),
    );
  };

  const streams = async (primary: MemberAddress): Promise<ActionOutcome> => {
    const membership = await readMembership(layout.membership);
    if (!membership || !(await replication.slot(primary, slot))?.streaming) return { phase: 'RUNNING' };
    if (!membership.complete) await writeMembership(layout.membership, { ...membership, complete: true });
    return {
      phase: 'DONE',
      payload: { update: { step: 'done', store_identity: membership.systemIdentifier } },
    };
  };

  return {
    kind: 'agent.replicante.io/cluster.join',
    async invoke(action, context): Promise<ActionOutcome> {
      const primary = primaryOf(action.args, config.postgresPort);
      const membership = await readMembership(layout.membership);
      if (membership && membership.actionId !== action.id)
        throw new AgentFailure('ALREADY_A_MEMBER', 'this node is or was a member of a cluster');
      const vacant = await isVacant(layout.data);
      if (!membership && !vacant) throw new AgentFailure('DATA_NOT_EMPTY', 'there is a data directory');
      if (!vacant) return streams(primary);
      // Died between record and rename: the copy may be too old by now. It never ran, so it is simply made again.
      if (membership?.complete) throw new AgentFailure('DATA_MISSING', 'the joined data is gone');
      if (membership) await removeMembership(layout.membership);
      if (Date.parse(notBeforeOf(action.payload)) > Date.now()) return { phase: 'RUNNING' };
      return copy(action, primary, context);
    },
  };
}

const fieldOf = (value: Json, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>)[name]
    : undefined;

function triesOf(payload: Json): number {
  const tries = fieldOf(payload, 'tries');
  return typeof tries === 'number' ? tries : 0;
}

function notBeforeOf(payload: Json): string {
  const at = fieldOf(payload, 'not_before');
  return typeof at === 'string' ? at : '';
}

function primaryOf(args: Json, ownPort: number): MemberAddress {
  const node = fieldOf(args, 'node');
  const address = typeof node === 'string' ? parseMemberAddress(node) : undefined;
  if (!address) throw new AgentFailure('ARGUMENT_INVALID', 'args.node is not the "host:port" of a member');
  if (address.port === ownPort && (address.host === '127.0.0.1' || address.host === 'localhost'))
    throw new AgentFailure('ARGUMENT_INVALID', 'args.node is this node itself');
  return address;
}
