import { describe, expect, it } from '@jest/globals';
import type { KvRow } from './consul-calls.js';
import { fenceValue, leaseValue, memberValue } from './values.js';

const row = (value: string, lockIndex = 1): KvRow => ({
  path: 'a',
  value,
  session: undefined,
  lockIndex,
  modifyIndex: 9,
  createIndex: 9,
});
const FOREIGN = ['', 'garbage', '7', 'null', '[]', '"text"', '{', '{"__proto__":{"epoch":1,"name":"a"}}'];

describe('what stands in a key', () => {
  it('is read as it was written', () => {
    expect(fenceValue(row('{"identity":"a","epoch":3}'))).toEqual({ identity: 'a', epoch: 3 });
    expect(leaseValue(row('{"epoch":3,"name":"wörker"}'))).toEqual({ epoch: 3, name: 'wörker' });
    expect(memberValue(row('{"name":"a","attributes":{"b":"c"}}'))).toEqual({
      name: 'a',
      attributes: { b: 'c' },
    });
  });

  it('is read although a later version wrote more into it', () => {
    expect(leaseValue(row('{"epoch":3,"name":"a","since":"later"}'))).toEqual({ epoch: 3, name: 'a' });
    expect(memberValue(row('{"name":"a","attributes":{"b":"c","n":1}}'))).toEqual({
      name: 'a',
      attributes: { b: 'c' },
    });
  });

  it.each(FOREIGN)('is nothing of ours: %s', value => {
    expect([fenceValue(row(value)), leaseValue(row(value)), memberValue(row(value))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['0', '-1', '1.5', '"1"', '1e300', 'null'])('is no epoch: %s', epoch => {
    expect(fenceValue(row(`{"identity":"a","epoch":${epoch}}`))).toBeUndefined();
    expect(leaseValue(row(`{"epoch":${epoch},"name":"a"}`))).toBeUndefined();
  });

  it('is not what a holder wrote where it is held and the lock index is 0, however it looks', () => {
    const plain = row('{"epoch":3,"name":"a"}', 0);
    expect(leaseValue({ ...plain, session: 'a' })).toBeUndefined();
    expect(leaseValue(plain)).toEqual({ epoch: 3, name: 'a' });
  });

  it('may be nothing at all', () => {
    expect(fenceValue(undefined)).toBeUndefined();
  });
});
