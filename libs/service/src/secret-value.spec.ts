import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretValue } from './secret-value.js';

describe('a secret reference', () => {
  it('is read from the file each time it is used, without the trailing line break', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'replicante-secret-'));
    const fromFile = join(folder, 'token');
    await writeFile(fromFile, 'one\n');
    expect(await secretValue({ fromFile }, {})).toBe('one');
    await writeFile(fromFile, 'two');
    expect(await secretValue({ fromFile }, {})).toBe('two');
    await writeFile(fromFile, '\n');
    await expect(secretValue({ fromFile }, {})).rejects.toThrow('is empty');
    await rm(folder, { recursive: true });
    await expect(secretValue({ fromFile }, {})).rejects.toThrow('cannot be read');
  });

  it('is read from the environment, where empty is missing', async () => {
    expect(await secretValue({ fromEnv: 'T' }, { T: 'x' })).toBe('x');
    await expect(secretValue({ fromEnv: 'T' }, { T: '' })).rejects.toThrow('T is not set');
  });
});
