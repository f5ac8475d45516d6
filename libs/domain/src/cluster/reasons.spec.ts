import { describe, expect, it } from '@jest/globals';
import type { ReasonCode } from './reasons.js';
import { REASONS } from './reasons.js';

const codes = Object.keys(REASONS) as readonly ReasonCode[];

describe('a reason', () => {
  it('leaves a cluster converged only when nothing is left to do', () => {
    expect(codes.filter(code => REASONS[code].settled).sort()).toEqual([
      'ALREADY_INITIALISED',
      'AT_DESIRED_COUNT',
      'MODE_AUTO',
      'NOTHING_TO_SCHEDULE',
      'NOT_SHOWN_BY_OTHER_PLATFORM',
      'NO_DEFINITION',
      'NO_MEMBER_YET',
      'NO_NODE_TO_ADD',
      'PRIMARY_PRESENT',
      'SHOWN_BY_OTHER_PLATFORM',
    ]);
  });

  it.each(codes)('%s says whether anything is left to do, and what it means for people', code => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(REASONS[code]).toEqual({
      settled: expect.any(Boolean),
      means: expect.stringMatching(/^\w.{10}/),
    });
  });
});
