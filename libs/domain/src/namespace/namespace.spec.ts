import { describe, expect, it } from '@jest/globals';
import { given as givenFor } from '../given.fixture.js';
import { NAMESPACE_STATUSES } from '../model/namespace.js';
import type { Namespace, NamespaceStatus } from '../model/namespace.js';
import type { NamespaceCommand } from './commands.js';
import { namespaceDecider } from './decide.js';
import type { NamespaceEvent } from './events.js';
import { namespaceGate } from './gate.js';

const namespaceOf = (status: NamespaceStatus, attempts = 5): Namespace => ({
  id: 'ns',
  status,
  tls: { ca_bundle: null },
  settings: { orchestrate: { max_naction_schedule_attempts: attempts } },
  agents: { token: null },
});
const applied = (status: NamespaceStatus): NamespaceEvent => ({
  type: 'namespace.NamespaceApplied.v1',
  data: { namespace: namespaceOf(status) },
});
const apply = (status: NamespaceStatus, attempts = 5): NamespaceCommand => ({
  type: 'ApplyNamespace',
  data: { namespace: namespaceOf(status, attempts) },
});
const remove: NamespaceCommand = { type: 'DeleteNamespace', data: { id: 'ns' } };
const given = givenFor(namespaceDecider, undefined);

const STICKY = ['Deleting', 'Deleted'] as const;
const FREE = ['Active', 'Inactive', 'Observed'] as const;

describe('when the namespace does not exist', () => {
  it.each(NAMESPACE_STATUSES)('is made by an apply as %s', status => {
    expect(given().when(apply(status)).events).toEqual([applied(status)]);
  });

  it('is deleted already', () => {
    expect(given().when(remove)).toEqual({ code: null, fields: [], events: [], answer: undefined });
  });
});

describe.each(FREE)('when the namespace is %s', stored => {
  it.each(NAMESPACE_STATUSES.filter(s => s !== stored))('may become %s', status => {
    expect(given(applied(stored)).when(apply(status)).events).toEqual([applied(status)]);
  });

  it('appends nothing for an apply that changes nothing', () => {
    expect(given(applied(stored)).when(apply(stored)).events).toEqual([]);
  });

  it('becomes Deleting when it is deleted, and keeps the rest', () => {
    expect(given(applied(stored)).when(remove).events).toEqual([
      { type: 'namespace.NamespaceDeletionRequested.v1', data: { namespace: namespaceOf('Deleting') } },
    ]);
  });
});

describe.each(STICKY)('when the namespace is %s', stored => {
  it.each(NAMESPACE_STATUSES.filter(s => s !== stored))('never becomes %s', status => {
    expect(given(applied(stored)).when(apply(status))).toMatchObject({
      code: 'NAMESPACE_STATUS_STICKY',
      fields: ['spec.status'],
    });
  });

  it('may still change in everything but its status', () => {
    expect(given(applied(stored)).when(apply(stored, 9)).events).toHaveLength(1);
  });

  it('is deleted already', () => {
    expect(given(applied(stored)).when(remove).events).toEqual([]);
  });
});

it('is Deleting for good after its deletion was asked for', () => {
  const asked: NamespaceEvent = {
    type: 'namespace.NamespaceDeletionRequested.v1',
    data: { namespace: namespaceOf('Deleting') },
  };
  expect(given(applied('Active'), asked).when(apply('Active')).code).toBe('NAMESPACE_STATUS_STICKY');
  expect(given(applied('Active'), asked).when(remove).events).toEqual([]);
});

describe('the gate to what is inside', () => {
  it('is shut while the namespace does not exist, and says which field names it', () => {
    expect(namespaceGate({ status: 'absent' }, 'ns')).toMatchObject({
      code: 'NAMESPACE_NOT_FOUND',
      violations: [{ field: 'spec.ns_id' }],
    });
  });
  it.each(STICKY)('is shut while it is %s', status => {
    expect(namespaceGate({ status: 'known', namespace: namespaceOf(status) }, 'ns')).toEqual({
      code: 'NAMESPACE_DELETING',
      message: `Namespace 'ns' is ${status}`,
    });
  });
  it.each(FREE)('is open while it is %s', status => {
    expect(namespaceGate({ status: 'known', namespace: namespaceOf(status) }, 'ns')).toBeNull();
  });
});
