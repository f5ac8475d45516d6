import { describe, expect, it } from '@jest/globals';
import { given } from '../given.fixture.js';
import type { PlatformCommand } from './commands.js';
import { platformDecider } from './decide.js';
import type { PlatformEvent } from './events.js';
import {
  applied,
  clusterOf,
  givenPlatform,
  ids,
  inNamespace,
  lease,
  leaseTaken,
  platformOf,
  shown,
} from './platform.fixture.js';

const apply = (active = true, interval = 10): PlatformCommand => ({
  type: 'ApplyPlatform',
  data: { platform: platformOf(active, interval) },
});
const remove: PlatformCommand = { type: 'DeletePlatform', data: ids };
const request: PlatformCommand = { type: 'RequestDiscovery', data: ids };
const accept: PlatformCommand = { type: 'AcceptDiscovery', data: ids };
const begin: PlatformCommand = { type: 'BeginDiscovery', data: ids };
const deleted: PlatformEvent = { type: 'platform.PlatformDeleted.v1', data: ids };

describe('when the platform does not exist', () => {
  it('is made by an apply', () => {
    expect(givenPlatform().state.status).toBe('absent');
    expect(givenPlatform().when(apply())).toMatchObject({ events: [applied()], answer: { kind: 'none' } });
  });
  it('is deleted already', () => {
    expect(givenPlatform().when(remove)).toMatchObject({ code: null, events: [] });
  });
  it.each([request, accept, begin])('knows no $type', command => {
    expect(givenPlatform().when(command, lease()).code).toBe('PLATFORM_NOT_FOUND');
  });
  it.each([
    [undefined, 'NAMESPACE_NOT_FOUND'],
    ['Deleting', 'NAMESPACE_DELETING'],
    ['Deleted', 'NAMESPACE_DELETING'],
  ] as const)('is not made in a namespace that is %s', (status, code) => {
    const namespace = status ? inNamespace(status) : ({ status: 'absent' } as const);
    expect(given(platformDecider, { namespace })().when(apply()).code).toBe(code);
  });
});

describe('when the platform is known', () => {
  it('appends nothing for an apply that changes nothing', () => {
    expect(givenPlatform(applied()).when(apply()).events).toEqual([]);
  });
  it('is replaced by an apply that changes something', () => {
    expect(givenPlatform(applied()).when(apply(true, 60)).events).toHaveLength(1);
  });
  it('is deleted once', () => {
    expect(givenPlatform(applied()).when(remove).events).toEqual([deleted]);
    expect(givenPlatform(applied(), deleted).when(remove).events).toEqual([]);
  });
  it('keeps what it showed over a deletion: its nodes still exist', () => {
    const { state } = givenPlatform(applied(), shown(clusterOf('c', 2)), deleted, applied());
    expect(state.view.clusters['c']).toHaveLength(2);
  });
  it('can be asked for a discovery now', () => {
    expect(givenPlatform(applied()).when(request).events).toEqual([
      { type: 'platform.DiscoveryRequested.v1', data: ids },
    ]);
  });
  it('has nothing to accept while no answer is suspect', () => {
    expect(givenPlatform(applied()).when(accept).code).toBe('NOTHING_TO_SETTLE');
  });
});

describe('when the platform is inactive', () => {
  it.each([request, begin])('refuses $type', command => {
    expect(givenPlatform(applied(false)).when(command, lease()).code).toBe('PLATFORM_INACTIVE');
  });
});

describe('when a discovery begins', () => {
  it('records a new lease before it answers what to ask', () => {
    const decided = givenPlatform(applied()).when(begin, lease());
    expect(decided.events).toEqual([leaseTaken()]);
    expect(decided.answer).toMatchObject({
      kind: 'discovery_plan',
      plan: { base_url: 'https://platform/', tls_ca_bundle: 'PEM', token: { fromEnv: 'PLATFORM_TOKEN' } },
    });
  });
  it('records the same lease once', () => {
    expect(givenPlatform(applied(), leaseTaken()).when(begin, lease()).events).toEqual([]);
  });
  it.each([
    ['a newer token', lease(2)],
    ['a newer epoch, whatever the token', lease(0, 'b', 2)],
  ])('records %s', (_title, claim) => {
    expect(givenPlatform(applied(), leaseTaken()).when(begin, claim).events).toEqual([leaseTaken(claim)]);
  });
  it.each([
    ['an older token', lease(1), lease(2)],
    ['an older epoch, whatever the token', lease(9, 'a', 0), lease(2)],
    ['the same token in another hand', lease(2, 'b'), lease(2)],
  ])('fences %s', (_title, claim, recorded) => {
    expect(givenPlatform(applied(), leaseTaken(recorded)).when(begin, claim).code).toBe('FENCED');
  });
  it.each([
    ['no lease', undefined],
    ['a lease for cycles', { ...lease(), work: 'cycle' }],
    ['a lease for another platform', { ...lease(), work: 'discovery:other' }],
  ])('needs a lease for just this: %s', (_title, claim) => {
    expect(givenPlatform(applied()).when(begin, claim).code).toBe('INVALID_REQUEST');
  });
  it.each(['Inactive', 'Observed', 'Deleting', 'Deleted'] as const)(
    'is refused in a namespace that is %s',
    status => {
      const decided = given(platformDecider, { namespace: inNamespace(status) })(applied()).when(
        begin,
        lease(),
      );
      expect(decided.code).toBe('NAMESPACE_NOT_ACTIVE');
    },
  );
});
