import { describe, expect, it } from '@jest/globals';
import type { StoredEvent } from '@replicante/event-store';
import { CommandMemory } from './command-memory.js';
import { steppingClock } from './counter.fixture.js';
import { StreamClock } from './stream-clock.js';

const DAY = 24 * 3_600_000;
const event = (commandId: string, recordedMs: number, revision = 0): StoredEvent => ({
  id: 'e',
  type: 't',
  data: null,
  streamId: 's',
  revision,
  position: String(revision),
  metadata: {
    commandId,
    correlationId: 'c',
    actor: { kind: 'system', component: 'test', verified: true },
    recordedAt: new Date(recordedMs).toISOString(),
    commandDigest: 'd',
  },
});

describe('the memory of accepted commands', () => {
  it('keeps at least 1,000, however old', () => {
    const memory = new CommandMemory();
    for (let n = 0; n < 1_000; n += 1) memory.fold(event(`old-${n}`, n, n));
    memory.fold(event('new', 100 * DAY, 1_000));
    expect(memory.size).toBe(1_000);
    expect(memory.find('old-0')).toBeUndefined();
    expect(memory.find('old-1')).toMatchObject({ revision: 1, accepted: { digest: 'd' } });
  });

  it('keeps all of the last 24 hours, however many', () => {
    const memory = new CommandMemory();
    for (let n = 0; n < 5_000; n += 1) memory.fold(event(`c-${n}`, (n * DAY) / 5_000, n));
    expect(memory.size).toBe(5_000);
  });

  it('knows an id in any case, as a UUID has none', () => {
    const memory = new CommandMemory();
    memory.fold(event('ABC', 0));
    expect(memory.find('abc')).toBeDefined();
  });
});

describe('the clock against the streams', () => {
  it('fails readiness when it is more than 5 s behind the newest event, until it has caught up', () => {
    const clock = steppingClock();
    const against = new StreamClock(clock);
    against.check();
    against.streamTime(clock.at + 4_000);
    against.check();
    against.streamTime(clock.at + 9_000);
    expect(() => against.check()).toThrow('9 s behind');
    clock.at += 5_000;
    against.check();
  });
});
