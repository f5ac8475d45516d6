import type { Decision, Emitted, Rejection } from '@replicante/kernel';
import { accept, reject } from '@replicante/kernel';
import type { ClusterAnswer } from '../commands.js';
import type { ClusterEvent } from '../events.js';

export type ClusterDecision = Decision<ClusterEvent, ClusterAnswer>;

export const done = (
  events: readonly Emitted<ClusterEvent>[] = [],
  answer: ClusterAnswer = { kind: 'none' },
): ClusterDecision => accept(events, answer);

export const refuse = (rejection: Rejection): ClusterDecision => reject(rejection);
