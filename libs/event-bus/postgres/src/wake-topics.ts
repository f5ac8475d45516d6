/** `records`: something was published. `groups`: a member came, went or gave a partition back. */
export const WAKE_TOPICS = ['records', 'groups'] as const;
export type WakeTopic = (typeof WAKE_TOPICS)[number];
