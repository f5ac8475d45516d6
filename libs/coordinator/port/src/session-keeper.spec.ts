import { describe, expect, it } from '@jest/globals';
import { CoordinatorError, SessionKeeper } from './index.js';
import type { LeaseGrant, Renewal, SessionBackend, SessionTime } from './index.js';

/** Time that moves only when told, so that each law meets its exact millisecond. */
class SteppedTime implements SessionTime {
  wall = 1_700_000_000_000;
  monotonic = 0;
  readonly #due = new Map<() => void, number>();

  wallMs(): number {
    return this.wall;
  }
  monotonicMs(): number {
    return this.monotonic;
  }
  after(ms: number, callback: () => void): () => void {
    const fire = (): void => {
      this.#due.delete(fire);
      callback();
    };
    this.#due.set(fire, this.monotonic + ms);
    return () => this.#due.delete(fire);
  }
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      this.monotonic += Math.min(10, left);
      this.wall += Math.min(10, left);
      for (const [fire, at] of [...this.#due]) if (at <= this.monotonic) fire();
      await settle();
    }
  }
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

/** A server that does what the law needs: it answers, refuses, or keeps one waiting. */
class ScriptedBackend implements SessionBackend {
  renewals = 0;
  released: LeaseGrant[] = [];
  ended = 0;
  epoch = 1;
  leases: LeaseGrant[] = [];
  onRenew: () => Promise<void> = async () => undefined;
  onAcquire: () => Promise<void> = async () => undefined;

  async renew(): Promise<Renewal> {
    this.renewals++;
    await this.onRenew();
    return { epoch: this.epoch, leases: this.leases };
  }
  async acquire(key: string): Promise<LeaseGrant | undefined> {
    const grant = { key, epoch: this.epoch, token: this.leases.length + 1 };
    this.leases.push(grant);
    await this.onAcquire();
    return grant;
  }
  async release(grant: LeaseGrant): Promise<void> {
    this.released.push(grant);
    this.leases = this.leases.filter(lease => lease.token !== grant.token);
  }
  async join(): Promise<void> {}
  async end(): Promise<void> {
    this.ended++;
  }
  onFreed(): () => void {
    return () => undefined;
  }
  doubt: (() => void) | undefined;
  onDoubt(ask: () => void): () => void {
    this.doubt = ask;
    return () => (this.doubt = undefined);
  }
}

const never = (): Promise<never> => new Promise(() => undefined);
const unavailable = async (): Promise<never> => {
  throw new CoordinatorError('COORDINATOR_UNAVAILABLE', 'scripted');
};

function open() {
  const time = new SteppedTime();
  const backend = new ScriptedBackend();
  const errors: unknown[] = [];
  const session = new SessionKeeper({
    id: 'session-1',
    ttlMs: 3_000,
    marginMs: 300,
    openedAtMs: time.monotonicMs(),
    backend,
    time,
    pollMs: 100,
    onError: error => errors.push(error),
  });
  return { time, backend, session, errors };
}

describe('a session that renews', () => {
  it('lives on while renewals are answered', async () => {
    const { time, session, backend } = open();
    const lease = await session.acquire('a');
    await time.pass(20_000);
    expect(session.ended.aborted).toBe(false);
    expect(lease!.remainingMs()).toBeGreaterThan(0);
    expect(backend.renewals).toBeGreaterThanOrEqual(15);
  });

  it('counts from before the renewal was sent, less the margin', async () => {
    const { time, session, backend } = open();
    const lease = await session.acquire('a');
    let answer: () => void = () => undefined;
    backend.onRenew = () => new Promise(resolve => (answer = resolve));
    await time.pass(1_000);
    backend.onRenew = never;
    await time.pass(500);
    answer();
    await settle();
    expect(lease!.remainingMs()).toBe(1_000 + 3_000 - 300 - 1_500);
  });

  it('tries again when a renewal fails, and says so', async () => {
    const { time, session, backend, errors } = open();
    backend.onRenew = unavailable;
    await time.pass(2_000);
    expect(errors.length).toBeGreaterThan(3);
    backend.onRenew = async () => undefined;
    await time.pass(10_000);
    expect(session.ended.aborted).toBe(false);
  });
});

describe('a session whose time is over', () => {
  it('ends by its own clock before its TTL when renewals hang', async () => {
    const { time, session, backend } = open();
    const lease = await session.acquire('a');
    backend.onRenew = never;
    await time.pass(2_690);
    expect(lease!.lost.aborted).toBe(false);
    await time.pass(20);
    expect(lease!.lost.aborted).toBe(true);
    expect(session.ended.aborted).toBe(true);
    expect(lease!.remainingMs()).toBe(0);
  });

  it('stays over when the renewal is answered too late', async () => {
    const { time, session, backend } = open();
    const lease = await session.acquire('a');
    let answer: () => void = () => undefined;
    backend.onRenew = () => new Promise(resolve => (answer = resolve));
    await time.pass(1_000);
    time.monotonic += 5_000;
    time.wall += 5_000;
    answer();
    await settle();
    expect(lease!.remainingMs()).toBe(0);
    expect(session.ended.aborted).toBe(true);
  });

  it('is found over by remainingMs itself, before any timer fires', async () => {
    const { time, session } = open();
    const lease = await session.acquire('a');
    time.monotonic += 10_000;
    time.wall += 10_000;
    expect(lease!.remainingMs()).toBe(0);
    expect(lease!.lost.aborted).toBe(true);
  });

  it('does not hand out a lease whose grant arrives afterwards', async () => {
    const { time, session, backend } = open();
    let answer: () => void = () => undefined;
    backend.onAcquire = () => new Promise(resolve => (answer = resolve));
    const asking = session.acquire('a');
    await settle();
    time.monotonic += 10_000;
    time.wall += 10_000;
    answer();
    await expect(asking).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(backend.ended).toBe(1);
  });

  it('ends at once when the server says so, without asking it to end what is gone', async () => {
    const { time, session, backend } = open();
    backend.onRenew = async () => {
      throw new CoordinatorError('SESSION_ENDED', 'scripted');
    };
    await time.pass(1_100);
    expect(session.ended.aborted).toBe(true);
    expect(backend.ended).toBe(0);
  });
});

describe('a server that gives cause to doubt', () => {
  it('is asked at once, and the lease that went is lost before the next renewal is due', async () => {
    const { session, backend } = open();
    const lease = await session.acquire('a');
    backend.leases = [];
    backend.doubt!();
    await settle();
    expect(lease!.lost.aborted).toBe(true);
    expect(backend.renewals).toBe(1);
  });

  it('is asked again after a renewal that was on its way, and no more than that', async () => {
    const { session, backend, time } = open();
    await session.acquire('a');
    let answer: () => void = () => undefined;
    backend.onRenew = () => new Promise(resolve => (answer = resolve));
    await time.pass(1_000);
    for (let times = 0; times < 3; times++) backend.doubt!();
    backend.onRenew = async () => undefined;
    answer();
    await settle();
    await settle();
    expect(backend.renewals).toBe(2);
  });

  it('is not heard any more once the session has ended', async () => {
    const { session, backend } = open();
    await session.close();
    expect(backend.doubt).toBeUndefined();
    expect(backend.renewals).toBe(0);
  });
});

describe('a suspended machine', () => {
  it.each([
    ['forward', 1_500],
    ['backward', -1_500],
  ])(
    'gives up when the wall clock moved %s against the monotonic one by more than a second',
    async (_, jump) => {
      const { time, session } = open();
      const lease = await session.acquire('a');
      time.wall += jump;
      expect(lease!.remainingMs()).toBe(0);
      expect(session.ended.aborted).toBe(true);
      expect(String(session.ended.reason)).toContain('drifted apart');
    },
  );

  it('bears a drift of less than a second between two checks', async () => {
    const { time, session } = open();
    for (let round = 0; round < 5; round++) {
      time.wall += 900;
      await time.pass(1_000);
    }
    expect(session.ended.aborted).toBe(false);
  });
});

describe('what the server answers against what the holder knows', () => {
  it('loses a lease that the server no longer counts as this session’s, and no other', async () => {
    const { time, session, backend } = open();
    const [a, b] = [await session.acquire('a'), await session.acquire('b')];
    backend.leases = backend.leases.filter(lease => lease.key !== 'a');
    await time.pass(1_100);
    expect(a!.lost.aborted).toBe(true);
    expect(b!.lost.aborted).toBe(false);
  });

  it('gives back a lease whose grant was never heard of', async () => {
    const { time, session, backend } = open();
    backend.onAcquire = unavailable;
    await expect(session.acquire('a')).rejects.toMatchObject({ code: 'COORDINATOR_UNAVAILABLE' });
    await time.pass(1_100);
    expect(backend.released).toMatchObject([{ key: 'a' }]);
  });

  it('does not take a lease for lost that was granted while the renewal was on its way', async () => {
    const { time, session, backend } = open();
    let answer: () => void = () => undefined;
    backend.renew = async () => {
      const seen = [...backend.leases];
      await new Promise<void>(resolve => (answer = resolve));
      return { epoch: 1, leases: seen };
    };
    await time.pass(1_000);
    const lease = await session.acquire('a');
    answer();
    await settle();
    expect(lease!.lost.aborted).toBe(false);
  });
});
