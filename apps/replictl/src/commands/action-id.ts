import { HandError } from '../output/hand-error.js';
import type { Hand } from './hand.js';
import { allPages } from './pages.js';

const SHORTEST_PREFIX = 8;
const WHOLE = 36;

/**
 * The id of the one action of the cluster that `written` begins. What is whole, or too short to be a prefix, is passed
 * on as it is. Refuses with ACTION_NOT_FOUND, or with INVALID_REQUEST naming what it could mean.
 */
export async function actionId(hand: Hand, clusterId: string, written: string): Promise<string> {
  const id = written.toLowerCase();
  if (id.length < SHORTEST_PREFIX || id.length >= WHOLE || !/^[0-9a-f-]+$/.test(id)) return id;
  const all = await allPages<{ actionId: string; kind: string; phase: string }>(hand, 'actions', {
    ns: hand.namespace,
    cluster: clusterId,
    filter: {},
  });
  const found = all.filter(action => action.actionId.toLowerCase().startsWith(id));
  const [only] = found;
  if (only === undefined)
    throw new HandError('ACTION_NOT_FOUND', `no action ${id} in ${hand.namespace}/${clusterId}`);
  if (found.length === 1) return only.actionId;
  throw new HandError('INVALID_REQUEST', `${id} is the beginning of ${found.length} actions`, [
    {
      field: 'ID',
      description: `write more of it: ${found.map(a => `${a.actionId} (${a.phase} ${a.kind})`).join(', ')}`,
    },
  ]);
}
