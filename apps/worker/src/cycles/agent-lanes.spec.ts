import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@replicante/testing';
import { AgentLanes } from './agent-lanes.js';
import type { NoAnswer } from './answers.js';
import { unseen } from './poll-node.js';
import type { SeenNode } from './poll-node.js';

const INTERVAL = 1_000;
const clock = { at: 0 };
const errors: unknown[] = [];
beforeEach(() => {
  clock.at = 0;
  errors.length = 0;
});

const lanes = (quick = 1, slow = 1): AgentLanes =>
  new AgentLanes({ quick, slow, monotonicMs: () => clock.at, onError: error => void errors.push(error) });
const agent = (address: string, over: { nodeId?: string; lost?: AbortSignal } = {}) => ({
  address,
  nodeId: 'n',
  intervalMs: INTERVAL,
  lost: new AbortController().signal,
  ...over,
});
const silent = (kind: NoAnswer['kind']): SeenNode =>
  unseen('n', clock.at, { ok: false, kind, error: { error_msg: kind } });
const never = (): Promise<SeenNode> => new Promise(() => undefined);
/** An ask that ends when the test says so. */
function later() {
  let end = (_seen: SeenNode): void => undefined;
  const ask = (): Promise<SeenNode> => new Promise(resolve => (end = resolve));
  return { ask, end: (kind: NoAnswer['kind']): void => end(silent(kind)) };
}

describe('the lanes of agents', () => {
  it('do not let hung agents hold up those that answer', async () => {
    const agents = lanes();
    await agents.poll(agent('hung'), async () => silent('timeout'));
    await expect(agents.poll(agent('hung'), never)).resolves.toBeUndefined();
    await expect(agents.poll(agent('well'), async () => silent('refused'))).resolves.toBeDefined();
  });

  it('wait for the first time-out of an agent, and for no later one', async () => {
    const agents = lanes();
    const asked: boolean[] = [];
    const first = later();
    const told = agents.poll(agent('a'), apart => {
      asked.push(apart);
      return first.ask();
    });
    clock.at = 5_000;
    first.end('timeout');
    expect((await told)?.observation.node).toMatchObject({ kind: 'timeout' });
    const second = agents.poll(agent('a'), apart => {
      asked.push(apart);
      return never();
    });
    await expect(second).resolves.toBeUndefined();
    expect(asked).toEqual([false, true]);
  });

  it('tell a time-out that was had apart to the next cycle, once, as of when it was had', async () => {
    const agents = lanes();
    await agents.poll(agent('a'), async () => silent('timeout'));
    const apart = later();
    await agents.poll(agent('a'), apart.ask);
    clock.at = 600;
    apart.end('timeout');
    const seen = await eventually(() => agents.poll(agent('a', { nodeId: 'n2' }), never), { within: 2_000 });
    expect(seen).toMatchObject({ atMs: 600, observation: { node_id: 'n2', node: { kind: 'timeout' } } });
    await expect(agents.poll(agent('a'), never)).resolves.toBeUndefined();
  });

  it.each<[string, (lease: AbortController) => void]>([
    ['that is older than two intervals', () => (clock.at += 2 * INTERVAL + 1)],
    ['that was had under a lease that has gone', lease => lease.abort()],
  ])('tell nobody of a time-out %s', async (_which, pass) => {
    const agents = lanes();
    const lease = new AbortController();
    await agents.poll(agent('a'), async () => silent('timeout'));
    const apart = later();
    const asked = agents.poll(agent('a', { lost: lease.signal }), apart.ask);
    await expect(asked).resolves.toBeUndefined();
    apart.end('timeout');
    pass(lease);
    for (let cycle = 0; cycle < 3; cycle += 1)
      await expect(agents.poll(agent('a'), never)).resolves.toBeUndefined();
  });

  it('ask an agent once at a time, however many cycles pass meanwhile', async () => {
    const agents = lanes();
    await agents.poll(agent('a'), async () => silent('timeout'));
    let asked = 0;
    for (let cycle = 0; cycle < 3; cycle += 1)
      await agents.poll(agent('a'), () => {
        asked += 1;
        return never();
      });
    expect(asked).toBe(1);
  });

  it('hand over an answer that the cycle itself asked for, and none that another one did', async () => {
    const agents = lanes();
    await agents.poll(agent('a'), async () => silent('timeout'));
    await expect(agents.poll(agent('a'), async () => silent('refused'))).resolves.toBeDefined();
    await agents.poll(agent('a'), async () => silent('timeout'));
    const apart = later();
    await agents.poll(agent('a'), apart.ask);
    apart.end('refused');
    // It is back: the cycle that comes waits for it, and acts on what it says then.
    await eventually(() => agents.silent === 0, { within: 1_000 });
    const asked: boolean[] = [];
    await agents.poll(agent('a'), async before => {
      asked.push(before);
      return silent('refused');
    });
    expect(asked).toEqual([false]);
  });

  it('ask a hung agent less often, at least every fourth interval, and normally again once it answers', async () => {
    const agents = lanes();
    const asked: number[] = [];
    let kind: NoAnswer['kind'] = 'timeout';
    for (let cycle = 0; cycle < 24; cycle += 1) {
      clock.at = cycle * INTERVAL;
      if (cycle === 16) kind = 'refused';
      await agents.poll(agent('a'), async () => {
        asked.push(cycle);
        return silent(kind);
      });
    }
    const gaps = asked.map((cycle, index) => cycle - (asked[index - 1] ?? -1));
    expect(Math.max(...gaps)).toBe(4);
    expect(asked.slice(0, 3)).toEqual([0, 1, 2]);
    expect(asked.slice(-4)).toEqual([20, 21, 22, 23]);
  });

  it('say why an agent is asked apart', async () => {
    const agents = lanes();
    await agents.poll(agent('a'), async () => silent('timeout'));
    expect([agents.faultOf('a'), agents.faultOf('b')]).toEqual(['timeout', 'it did not answer lately']);
  });

  it('learn nothing from a poll that did not take place', async () => {
    const agents = lanes();
    for (let n = 0; n < 5; n += 1) await agents.poll(agent('a'), async () => silent('not_polled'));
    expect(agents.silent).toBe(0);
  });

  it('tell a defect of an ask that no cycle waits for', async () => {
    const agents = lanes();
    await agents.poll(agent('a'), async () => silent('timeout'));
    const defect = new Error('a defect');
    await agents.poll(agent('a'), () => Promise.reject(defect));
    expect(errors).toEqual([defect]);
  });
});
