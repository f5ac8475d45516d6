import { describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@replicante/kernel';
import type { PlatformCommand } from './commands.js';
import { platformDecider } from './decide.js';
import type { PlatformEvent } from './events.js';
import {
  applied,
  clusterOf,
  failing,
  inNamespace,
  lease,
  leaseTaken,
  shown,
  submit,
} from './platform.fixture.js';
import type { PlatformState } from './state.js';

const actor = { kind: 'system', component: 'test', verified: true } as const;

/** Discoveries every 10 s of one platform, through the decider; `sameForMs` as a worker measures it. */
class Discoveries {
  state: PlatformState = platformDecider.initialState;
  readonly log: string[] = [];
  private nowMs = Date.UTC(2026, 0, 1);

  constructor(...events: readonly PlatformEvent[]) {
    for (const event of events) this.append(event);
  }

  private append(event: PlatformEvent): void {
    const metadata = {
      commandId: 'c',
      correlationId: 'c',
      actor,
      recordedAt: new Date(this.nowMs).toISOString(),
    };
    const envelope: EventEnvelope<PlatformEvent> = { event, id: 'e', streamId: 's', revision: 0, metadata };
    this.state = platformDecider.evolve(this.state, envelope);
  }

  discover(command: PlatformCommand, sameForMs = 0) {
    this.nowMs += 10_000;
    const asked =
      command.type === 'SubmitDiscovery'
        ? {
            ...command,
            data: { ...command.data, observation: { ...command.data.observation, same_for_ms: sameForMs } },
          }
        : command;
    const metadata = {
      commandId: 'c',
      correlationId: 'c',
      actor,
      now: new Date(this.nowMs).toISOString(),
      lease: lease(),
    };
    const decision = platformDecider.decide({ command: asked, metadata }, this.state, {
      namespace: inNamespace('Active'),
    });
    if (!decision.accepted) throw new Error(decision.rejection.message);
    for (const { type, data } of decision.events) {
      this.log.push(type.replace(/^platform\.|\.v1$/g, ''));
      this.append({ type, data } as PlatformEvent);
    }
    return decision.answer;
  }
}

const known = (): Discoveries => new Discoveries(applied(), leaseTaken(), shown(clusterOf('c', 4)));
const whole = submit([clusterOf('c', 4)]);

describe.each<[string, PlatformCommand]>([
  ['fails', failing('invalid')],
  ['drops a node', submit([clusterOf('c', 3)])],
  ['drops most nodes', submit([clusterOf('c', 1)])],
  ['shows another node', submit([clusterOf('c', ['n1', 'n2', 'n3', 'x'])])],
])('a platform that %s every other discovery', (_title, lie) => {
  it('is said to flap once, nothing is appended from then on, and nothing that it says counts', () => {
    const platform = known();
    for (let i = 0; i < 14; i += 1) platform.discover(i % 2 ? whole : lie);
    expect(platform.state.view.failing).toBe('flapping');
    const before = platform.log.length;
    for (let i = 0; i < 50; i += 1)
      expect(platform.discover(i % 2 ? whole : lie)).toMatchObject({
        verdict: { result: 'failed', clusters: [] },
      });
    expect(platform.log.slice(before)).toEqual([]);
  });

  it('counts again when its answers were the same for two intervals', () => {
    const platform = known();
    for (let i = 0; i < 20; i += 1) platform.discover(i % 2 ? whole : lie);
    const before = platform.log.length;
    for (const ms of [0, 10_000, 19_999]) platform.discover(whole, ms);
    expect(platform.log.slice(before)).toEqual([]);
    expect(platform.discover(whole, 20_000)).toMatchObject({ verdict: { result: 'recorded' } });
    expect(platform.state.view.failing).toBeNull();
  });
});

describe('a platform that grows at each discovery', () => {
  it('does not flap: nothing is taken back', () => {
    const platform = known();
    for (let nodes = 5; nodes < 40; nodes += 1) platform.discover(submit([clusterOf('c', nodes)]));
    expect(platform.state.view.failing).toBeNull();
    expect(platform.log.every(type => type === 'PlatformViewChanged')).toBe(true);
  });
});

describe('a platform that fails for long, or was not asked', () => {
  it('is said to fail once', () => {
    const platform = known();
    for (let i = 0; i < 30; i += 1) platform.discover(failing(i % 2 ? 'not_polled' : 'timeout'));
    expect(platform.log).toEqual(['PlatformUnavailable']);
  });
});
