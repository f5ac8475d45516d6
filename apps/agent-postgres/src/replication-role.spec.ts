import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replicationPassword, replicationRoleSql, scramVerifier, slotName } from './replication-role.js';

describe('the slot of a node', () => {
  it('is replicante_<node> for a kebab-case id', () => {
    expect(slotName('pg-1')).toBe('replicante_pg_1');
  });

  it('is a valid slot name for any id, and another one for another id', () => {
    const ids = fc.oneof(
      fc.string({ minLength: 1, maxLength: 200 }),
      fc.stringMatching(/^[a-zA-Z0-9._-]{1,80}$/),
    );
    fc.assert(
      fc.property(ids, ids, (a, b) => {
        expect(slotName(a)).toMatch(/^replicante_[a-z0-9_]{1,52}$/);
        expect(slotName(a) === slotName(b)).toBe(a === b);
      }),
    );
    expect(slotName('pg_1')).not.toBe(slotName('pg-1'));
    expect(slotName('PG-1')).not.toBe(slotName('pg-1'));
  });
});

describe('the replication role', () => {
  it('has a password that follows from the cluster’s and does not hold it', () => {
    expect(replicationPassword('a')).toBe(replicationPassword('a'));
    expect(replicationPassword('a')).not.toBe(replicationPassword('b'));
    expect(replicationPassword('secret')).not.toContain('secret');
  });

  it('is made by a statement without its password', () => {
    const sql = replicationRoleSql(scramVerifier('open sesame'));
    expect(sql).not.toContain('open sesame');
    expect(sql).toMatch(/SCRAM-SHA-256\$4096:/);
  });

  it('has the verifier that RFC 7677 computes', () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
