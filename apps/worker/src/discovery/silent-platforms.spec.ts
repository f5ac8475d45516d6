import { describe, expect, it } from '@jest/globals';
import type { Discovery, PlatformResult } from '@replicante/platform-protocol';
import { SilentPlatforms } from './silent-platforms.js';

type Result = PlatformResult<Discovery>;
const OK: Result = { kind: 'ok', value: { clusters: [], rejected: [], idempotencyKeys: false } };
const LATE: Result = { kind: 'outcomeUnknown', reason: 'deadline', message: 'late' };
const NOT_ASKED = { kind: 'unreachable', reason: 'expired' };
const never = (): Promise<Result> => new Promise(() => undefined);

/** Each of them did not answer when it was last asked. */
async function silent(...baseUrls: readonly string[]): Promise<SilentPlatforms> {
  const platforms = new SilentPlatforms(2);
  for (const baseUrl of baseUrls) await platforms.ask(baseUrl, async () => LATE);
  return platforms;
}

describe('platforms that did not answer when last asked', () => {
  it('hold only so many places together; one that answers is asked whatever they do', async () => {
    const platforms = await silent('a', 'b', 'c');
    void platforms.ask('a', never);
    void platforms.ask('b', never);
    expect(await platforms.ask('c', never)).toMatchObject(NOT_ASKED);
    expect(await platforms.ask('well', async () => OK)).toBe(OK);
  });

  it('give their place back, however the asking ends', async () => {
    const platforms = await silent('a', 'b');
    const defect = new Error('a defect');
    for (let n = 0; n < 3; n += 1) {
      await expect(platforms.ask('a', () => Promise.reject(defect))).rejects.toBe(defect);
      expect(await platforms.ask('b', async () => LATE)).toBe(LATE);
    }
  });

  it('are counted among the others again once they answer, be it with a refusal', async () => {
    const platforms = await silent('a', 'b', 'c');
    const refused: Result = {
      kind: 'refused',
      status: 500,
      fenced: false,
      error: { error: true, error_msg: 'broken' },
    };
    await platforms.ask('c', async () => refused);
    void platforms.ask('a', never);
    void platforms.ask('b', never);
    expect(await platforms.ask('c', async () => OK)).toBe(OK);
  });

  it('stay silent ones when an asking was given up', async () => {
    const platforms = await silent('a', 'b', 'c');
    await platforms.ask('c', async () => ({
      kind: 'outcomeUnknown',
      reason: 'aborted',
      message: 'given up',
    }));
    void platforms.ask('a', never);
    void platforms.ask('b', never);
    expect(await platforms.ask('c', never)).toMatchObject(NOT_ASKED);
  });
});
