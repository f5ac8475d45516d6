import type { ActionLine, HeaderView } from './views.js';

/** `PENDING_APPROVE x/y on pg-1`. */
export const actionText = (action: ActionLine): string =>
  `${action.phase} ${action.kind}${action.nodeId === null ? '' : ` on ${action.nodeId}`}`;

/** The command that lets a waiting action run, as it is typed; none for what does not wait for approval. */
export function approval(
  action: ActionLine,
  { nsId, clusterId }: Pick<HeaderView, 'nsId' | 'clusterId'>,
): readonly string[] {
  if (action.phase !== 'PENDING_APPROVE') return [];
  const namespace = nsId === 'default' ? '' : ` -n ${nsId}`;
  return [`replictl action approve ${action.actionId} -c ${clusterId}${namespace}`];
}
