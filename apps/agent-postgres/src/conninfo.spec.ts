import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatConninfo, parseConninfo, parseMemberAddress } from './conninfo.js';

describe('a connection string', () => {
  it('is read as it was written, quotes and backslashes included', () => {
    const keys = fc.constantFrom('host', 'port', 'user', 'passfile', 'application_name');
    fc.assert(
      fc.property(fc.dictionary(keys, fc.string()), options => {
        expect(parseConninfo(formatConninfo(options))).toEqual({ ...options });
      }),
    );
  });

  it('is read without quotes too', () => {
    expect(parseConninfo('host=127.0.0.1  port = 5432 user=a\\ b')).toEqual({
      host: '127.0.0.1',
      port: '5432',
      user: 'a b',
    });
    expect(parseConninfo('')).toEqual({});
  });
});

describe('the address of a member', () => {
  it.each([
    ['127.0.0.1:5432', { host: '127.0.0.1', port: 5432 }],
    ['db.example.com:1', { host: 'db.example.com', port: 1 }],
    ['[::1]:5432', { host: '::1', port: 5432 }],
  ])('is read from %s', (text, address) => {
    expect(parseMemberAddress(text)).toEqual(address);
  });

  it.each([
    '',
    'host',
    'host:',
    ':5432',
    'host:0',
    'host:65536',
    "h'x:1",
    'a b:1',
    '/tmp:5432',
    'http://h:1',
  ])('is not read from %j', text => {
    expect(parseMemberAddress(text)).toBeUndefined();
  });
});
