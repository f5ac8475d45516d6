import { describe, expect, it } from '@jest/globals';
import { AgentLanes } from './agent-lanes.js';
import type { NoAnswer } from './answers.js';
import { unseen } from './poll-node.js';
import type { SeenNode } from './poll-node.js';

const clock = { at: 0 };
const lanes = (quick = 1, slow = 1): AgentLanes =>
  new AgentLanes({ quick, slow, monotonicMs: () => clock.at });
const silent = (kind: NoAnswer['kind']): SeenNode =>
  unseen('n', 0, { ok: false, kind, error: { error_msg: kind } });
const INTERVAL = 1_000;

describe('the lanes of agents', () => {
  it('do not let hung agents hold up those that answer', async () => {
    const agents = lanes();
    await agents.poll('hung', INTERVAL, async () => silent('timeout'));
    const forEver = agents.poll('hung', INTERVAL, () => new Promise(() => undefined));
    expect(forEver).toBeDefined();
    await expect(agents.poll('well', INTERVAL, async () => silent('refused'))).resolves.toBeDefined();
  });

  it('ask a hung agent less often, at least every fourth interval, and normally again once it answers', async () => {
    const agents = lanes();
    const asked: number[] = [];
    let kind: NoAnswer['kind'] = 'timeout';
    for (let cycle = 0; cycle < 24; cycle += 1) {
      clock.at = cycle * INTERVAL;
      if (cycle === 16) kind = 'refused';
      await agents.poll('a', INTERVAL, async () => {
        asked.push(cycle);
        return silent(kind);
      });
    }
    const gaps = asked.map((cycle, index) => cycle - (asked[index - 1] ?? -1));
    expect(Math.max(...gaps)).toBe(4);
    expect(asked.slice(0, 3)).toEqual([0, 1, 2]);
    expect(asked.slice(-4)).toEqual([20, 21, 22, 23]);
  });

  it('say why an agent is asked less often', async () => {
    const agents = lanes();
    await agents.poll('a', INTERVAL, async () => silent('timeout'));
    expect([agents.faultOf('a'), agents.faultOf('b')]).toEqual(['timeout', 'it did not answer lately']);
  });

  it('learn nothing from a poll that did not take place', async () => {
    const agents = lanes();
    for (let n = 0; n < 5; n += 1) await agents.poll('a', INTERVAL, async () => silent('not_polled'));
    expect(agents.silent).toBe(0);
  });
});
