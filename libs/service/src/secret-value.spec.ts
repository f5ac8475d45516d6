import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretValue } from './secret-value.js';

describe('a secret reference', () => {
  let folder = '';
  const sources = (environment: Readonly<Record<string, string>> = {}) => ({
    environment,
    envPrefix: 'REPLICANTE_',
    filesBelow: join(folder, 'secrets'),
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replicante-secret-'));
    await mkdir(join(folder, 'secrets'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read from the file each time it is used, without the trailing line break', async () => {
    const fromFile = join(folder, 'secrets', 'token');
    await writeFile(fromFile, 'one\n');
    expect(await secretValue({ fromFile }, sources())).toBe('one');
    await writeFile(fromFile, 'two');
    expect(await secretValue({ fromFile }, sources())).toBe('two');
    await writeFile(fromFile, '\n');
    await expect(secretValue({ fromFile }, sources())).rejects.toThrow('is empty');
    await rm(fromFile);
    await expect(secretValue({ fromFile }, sources())).rejects.toThrow('cannot be read');
  });

  it('names no file outside of the folder, by no path and no link', async () => {
    const outside = join(folder, 'secrets-of-others');
    await writeFile(outside, 'theirs');
    await symlink(outside, join(folder, 'secrets', 'link'));
    for (const path of [
      outside,
      join(folder, 'secrets', '..', 'secrets-of-others'),
      join(folder, 'secrets', 'link'),
    ])
      await expect(secretValue({ fromFile: path }, sources())).rejects.toThrow('SECRET_FILES_BELOW');
  });

  it('is read from the environment, where empty is missing', async () => {
    expect(await secretValue({ fromEnv: 'REPLICANTE_T' }, sources({ REPLICANTE_T: 'x' }))).toBe('x');
    await expect(secretValue({ fromEnv: 'REPLICANTE_T' }, sources({ REPLICANTE_T: '' }))).rejects.toThrow(
      'REPLICANTE_T is not set',
    );
  });

  it('names no variable without the prefix', async () => {
    await expect(
      secretValue({ fromEnv: 'DATABASE_URL' }, sources({ DATABASE_URL: 'postgres://u:p@h/d' })),
    ).rejects.toThrow('SECRET_ENV_PREFIX');
  });
});
