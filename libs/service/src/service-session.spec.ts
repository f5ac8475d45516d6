import { afterEach, describe, expect, it } from '@jest/globals';
import { systemSessionTime } from '@replicante/coordinator';
import { MemoryCoordinatorData, memoryCoordinator } from '@replicante/coordinator-memory';
import { eventually } from '@replicante/testing';
import { createLogger } from './logger.js';
import { SERVICES_GROUP, ServiceSession } from './service-session.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A slow machine does not end a session of 30 s. */
function world({ ttlMs = 30_000 } = {}) {
  const data = new MemoryCoordinatorData(systemSessionTime);
  const coordinator = memoryCoordinator({ data });
  const lines: { level: string; message: string }[] = [];
  const logger = createLogger(
    { service: 'command', instance: 'c1', logLevel: 'debug' },
    { write: line => void lines.push(JSON.parse(line) as { level: string; message: string }) },
  );
  const session = new ServiceSession({ coordinator, service: 'command', instance: 'c1', ttlMs, logger });
  ends.push(() => session.close());
  const members = async () =>
    (await coordinator.members(SERVICES_GROUP)).map(({ name, attributes }) => ({ name, attributes }));
  const member = () =>
    eventually(async () => (await coordinator.members(SERVICES_GROUP))[0]?.sessionId, { within: 5_000 });
  return { data, coordinator, session, lines, members, member };
}

describe('the session of a service', () => {
  it('makes the service a member by its start, and takes it out by its close', async () => {
    const { session, members, member } = world();
    session.start();
    await member();
    expect(await members()).toEqual([{ name: 'c1', attributes: { service: 'command', instance: 'c1' } }]);
    await session.close();
    expect(await members()).toEqual([]);
  });

  it('is one for all who ask at once', async () => {
    const { session, coordinator } = world();
    session.start();
    const asked = await Promise.all([session.living(), session.living(), session.living()]);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(await coordinator.members(SERVICES_GROUP)).toHaveLength(1);
  });

  it('is opened again by itself after an outage, of which the log tells once', async () => {
    // Below the adapter's shortest on purpose.
    const { data, session, lines, member } = world({ ttlMs: 50 });
    session.start();
    const first = await session.living();
    data.setReachable('no');
    await eventually(() => first.ended.aborted && lines.length > 0, { within: 5_000 });
    await expect(session.living()).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    data.setReachable('yes');
    const again = await eventually(async () => (await member()) !== first.id && session.living(), {
      within: 5_000,
    });
    expect(again.id).not.toBe(first.id);
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'info']);
  });

  it('opens nothing after its close, and lets go of who waits by their own signal only', async () => {
    const { session, coordinator } = world();
    await session.close();
    await expect(session.living()).rejects.toThrow('the service is stopping');
    await expect(session.whenLiving(AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await coordinator.members(SERVICES_GROUP)).toEqual([]);
  });
});
