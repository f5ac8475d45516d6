import type { AgentAnswer, AgentClient } from '@replicante/agent-protocol';
import type { ActionAnswer, Answer, NodeObservation } from '@replicante/domain';
import { Slots } from '../slots.js';
import { answerOf, notPolled } from './answers.js';
import type { NoAnswer } from './answers.js';

export interface PollNodeOptions {
  readonly nodeId: string;
  /** Unfinished here. */
  readonly actionIds: readonly string[];
  /** For all calls to this agent together, milliseconds. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly monotonicMs: () => number;
}

/** What was seen of a node, and when: `age_ms` is told from `atMs` as it is sent. */
export interface SeenNode {
  readonly atMs: number;
  readonly observation: Omit<NodeObservation, 'age_ms'>;
}

/** Details asked of one agent at most: one that lists thousands must not take the cycle's time. */
const MAX_DETAILS = 500;
const DETAILS_AT_ONCE = 4;
/** Of the details of one node together: what is more is not asked about in this cycle. */
const DETAILS_CHARACTERS = 512 * 1024;

export const unseen = (nodeId: string, atMs: number, why: NoAnswer): SeenNode => ({
  atMs,
  observation: {
    node_id: nodeId,
    node: why,
    store: why,
    shards: why,
    queue: why,
    finished: why,
    actions: {},
  },
});

/**
 * Everything about one node. `info/node` first: who does not answer that is not asked further. The queue is read before
 * the finished ones, so that an action finishing in between is in at least one list (domain-reference §7.3).
 */
export async function pollNode(client: AgentClient, options: PollNodeOptions): Promise<SeenNode> {
  const { nodeId, signal, monotonicMs } = options;
  const endMs = monotonicMs() + options.withinMs;
  const call = () => ({ signal, timeoutMs: Math.max(1, Math.round(endMs - monotonicMs())) });

  const node = answerOf('info/node', await client.infoNode(call()), value => value);
  const atMs = monotonicMs();
  if (!node.ok) return unseen(nodeId, atMs, node);

  // Two at a time: each more is one more warm connection per agent of the fleet, and no answer sooner.
  const [{ store, shards }, lists] = await Promise.all([readStore(client, call), readLists(client, call)]);
  const ids = askedIds(options.actionIds, lists);
  const actions = await readActions(client, ids, call);
  return {
    atMs,
    observation: {
      node_id: nodeId,
      node: {
        ok: true,
        value: { ...node.value, address: { client: null, member: null, ...node.value.address } },
      },
      store,
      shards,
      ...lists,
      actions,
    },
  };
}

interface Lists {
  readonly queue: Answer<readonly string[]>;
  readonly finished: Answer<readonly string[]>;
}
type Call = () => { readonly signal: AbortSignal; readonly timeoutMs: number };

async function readStore(
  client: AgentClient,
  call: Call,
): Promise<Pick<NodeObservation, 'store' | 'shards'>> {
  const store = answerOf('info/store', await client.infoStore(call()), value => value);
  // With a millisecond left it would be chance whether they are had: never the same twice.
  if (!store.ok && store.kind === 'timeout')
    return { store, shards: notPolled('info/store took all of the time of this agent') };
  const shards = answerOf('info/shards', await client.infoShards(call()), value => value.shards);
  return { store, shards };
}

async function readLists(client: AgentClient, call: Call): Promise<Lists> {
  const ids = (list: { readonly actions: readonly { readonly id: string }[] }) =>
    list.actions.map(({ id }) => id);
  const queue = answerOf('actions/queue', await client.actionsQueue(call()), ids);
  const finished = queue.ok
    ? answerOf('actions/finished', await client.actionsFinished(call()), ids)
    : notPolled('the queue could not be read');
  return { queue, finished };
}

/** Queued, finished and unfinished here, or unfinished here and in neither: all that Core waits for, and all queued. */
function askedIds(actionIds: readonly string[], { queue, finished }: Lists): readonly string[] {
  if (!queue.ok || !finished.ok) return [];
  return [...new Set([...actionIds, ...queue.value])].slice(0, MAX_DETAILS);
}

async function readActions(
  client: AgentClient,
  ids: readonly string[],
  call: Call,
): Promise<Readonly<Record<string, ActionAnswer>>> {
  const slots = new Slots(DETAILS_AT_ONCE);
  let left = DETAILS_CHARACTERS;
  const entries = await Promise.all(
    ids.map(id =>
      slots.run(async () => {
        if (left <= 0) return [id, notPolled('the details of other actions were too large')] as const;
        const answer = actionAnswer(id, await client.action(id, call()));
        left -= JSON.stringify(answer).length;
        return [id, answer] as const;
      }),
    ),
  );
  return Object.fromEntries(entries);
}

/** Only a 404 proves that the agent does not have it. */
const actionAnswer = (
  id: string,
  answer: AgentAnswer<NonNullable<Extract<ActionAnswer, { ok: true }>['value']> & object>,
): ActionAnswer =>
  answer.kind === 'notFound'
    ? { ok: true, value: 'absent' }
    : answerOf(`action/${id}`, answer, value => value);
