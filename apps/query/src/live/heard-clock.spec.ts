import { beforeEach, describe, expect, it } from '@jest/globals';
import { HeardClock } from './heard-clock.js';

const MINUTE = 60_000;
let time: { wall: number; monotonic: number };
let heard: HeardClock;
const at = (ms: number): string => new Date(ms).toISOString();
const pass = (ms: number): void => {
  time.wall += ms;
  time.monotonic += ms;
};
beforeEach(() => {
  time = { wall: Date.UTC(2026, 0, 1), monotonic: 5 };
  heard = new HeardClock({ wallMs: () => time.wall, monotonicMs: () => time.monotonic });
});

describe('the time that ages are told by', () => {
  it('is the own clock’s while records come from its past, however late', () => {
    for (const lateMs of [0, 30, 300_000]) heard.hear(at(time.wall - lateMs));
    expect(heard.now()).toBe(time.wall);
    expect(() => heard.check()).not.toThrow();
  });

  it('goes with the clock of the records when that is ahead, and the service says that its own is behind', () => {
    heard.hear(at(time.wall + 300_000));
    heard.hear(at(time.wall + 299_000));
    pass(10_000);
    expect(heard.now()).toBe(time.wall + 300_000);
    expect(() => heard.check()).toThrow(
      'the clock is 300 s behind the newest record heard of: set the clock',
    );
  });

  it('tolerates 5 s without a word, and counts them all the same', () => {
    heard.hear(at(time.wall + 5_000));
    expect(() => heard.check()).not.toThrow();
    expect(heard.now()).toBe(time.wall + 5_000);
  });

  it('forgets what was heard before the clock was set, within two minutes', () => {
    heard.hear(at(time.wall + 300_000));
    pass(MINUTE - 1);
    expect(heard.behindMs()).toBe(300_000);
    time.wall += 300_000;
    for (let passed = 0; passed <= 2 * MINUTE; passed += 1_000) {
      pass(1_000);
      heard.hear(at(time.wall));
    }
    expect(heard.now()).toBe(time.wall);
    expect(() => heard.check()).not.toThrow();
  });

  it('keeps what it knows for as long as nothing is heard', () => {
    heard.hear(at(time.wall + 300_000));
    pass(60 * MINUTE);
    expect(heard.behindMs()).toBe(300_000);
  });

  it('is not moved by what is no time, or no clock’s', () => {
    for (const time of ['', 'yesterday', '9999-12-31T00:00:00Z']) heard.hear(time);
    expect(heard.now()).toBe(time.wall);
  });
});
