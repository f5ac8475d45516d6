import { describe, expect, it } from '@jest/globals';
import { eventually } from './index.js';

describe('eventually', () => {
  it('answers the first thing that the probe answers', async () => {
    const answers = [undefined, null, false, 0];
    expect(await eventually(() => answers.shift(), { within: 1_000, every: 1 })).toBe(0);
    expect(answers).toEqual([]);
  });

  it('takes an error for "not yet"', async () => {
    let times = 0;
    const probe = async () => {
      times += 1;
      expect(times).toBe(3);
      return true;
    };
    expect(await eventually(probe, { within: 1_000, every: 1 })).toBe(true);
  });

  it('prints what it waited for and the last state that it saw', async () => {
    const nothing = eventually(() => false, { within: 20, every: 5, what: 'the moon' });
    await expect(nothing).rejects.toThrow(
      /^the moon: not within 20 ms \(\d+ probes\); the last probe answered false$/,
    );
    const thrown = eventually(() => Promise.reject(new Error('two nodes of three')), {
      within: 20,
      every: 5,
    });
    await expect(thrown).rejects.toThrow(/the last probe threw two nodes of three/);
    const expectations = eventually(() => undefined, { within: 20, every: 5 });
    await expect(expectations).rejects.toThrow(/answer a value, or true after expectations/);
  });

  it('does not wait for a probe that hangs', async () => {
    const hung = eventually(() => new Promise<never>(() => undefined), { within: 50 });
    await expect(hung).rejects.toThrow(/the last probe threw did not come back/);
  });
});
