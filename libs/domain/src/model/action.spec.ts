import { describe, expect, it } from '@jest/globals';
import { NODE_ACTION_PHASES, ORCHESTRATOR_ACTION_STATES, isFinal } from './action.js';

describe('an action is over', () => {
  it('on its node when it is DONE, FAILED, CANCELLED or LOST, and only then', () => {
    expect(NODE_ACTION_PHASES.filter(isFinal)).toEqual(['DONE', 'FAILED', 'CANCELLED', 'LOST']);
  });
  it('in Core when it is DONE, FAILED or CANCELLED, and only then', () => {
    expect(ORCHESTRATOR_ACTION_STATES.filter(isFinal)).toEqual(['DONE', 'FAILED', 'CANCELLED']);
  });
});
