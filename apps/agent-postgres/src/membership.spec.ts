import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemIdentifierOf } from './control-file.js';
import type { Membership } from './membership.js';
import { readMembership, removeMembership, writeMembership } from './membership.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'replicante-membership-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('the record of a membership', () => {
  const membership: Membership = {
    version: 1,
    systemIdentifier: '7571234567890123456',
    nodeId: 'pg-1',
    clusterId: 'pg',
    actionId: 'a',
    complete: false,
  };

  it('is read as it was written, and is none when it is removed', async () => {
    const file = join(directory, 'membership.json');
    expect(await readMembership(file)).toBeUndefined();
    await writeMembership(file, membership);
    expect(await readMembership(file)).toEqual(membership);
    await removeMembership(file);
    expect(await readMembership(file)).toBeUndefined();
  });

  it.each(['', '{}', '{"version":1', JSON.stringify({ ...membership, systemIdentifier: 7 })])(
    'is never taken for none when it cannot be understood: %j',
    async text => {
      const file = join(directory, 'membership.json');
      await writeFile(file, text);
      await expect(readMembership(file)).rejects.toThrow();
    },
  );
});

describe('the system identifier of a data directory', () => {
  it('is read from the control file, above 2^53 too', async () => {
    await mkdir(join(directory, 'global'));
    const bytes = Buffer.alloc(8192);
    bytes.writeBigUInt64LE(7571234567890123457n);
    await writeFile(join(directory, 'global/pg_control'), bytes);
    expect(await systemIdentifierOf(directory)).toBe('7571234567890123457');
  });

  it('is unknown without the file, or when it is cut short', async () => {
    expect(await systemIdentifierOf(directory)).toBeUndefined();
    await mkdir(join(directory, 'global'));
    await writeFile(join(directory, 'global/pg_control'), 'abc');
    expect(await systemIdentifierOf(directory)).toBeUndefined();
  });
});
