import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandError } from '../output/hand-error.js';
import { loadManifests, parseManifests } from './load-manifests.js';

const faults = (text: string): readonly { field: string; description: string }[] => {
  try {
    parseManifests('f.yaml', text);
  } catch (error) {
    if (error instanceof HandError) return error.violations;
    throw error;
  }
  throw new Error('was read');
};

describe('manifests of a text', () => {
  it('are its documents, each with its line; empty ones are none', () => {
    expect(parseManifests('f.yaml', '# only a comment\n---\na: 1\n---\n---\n{"b": [2]}\n')).toEqual([
      { file: 'f.yaml', line: 3, value: { a: 1 } },
      { file: 'f.yaml', line: 6, value: { b: [2] } },
    ]);
    expect(parseManifests('f.yaml', '')).toEqual([]);
  });

  it('name the line of every syntax fault', () => {
    expect(faults('a: 1\na: 2\n').map(f => f.field)).toEqual(['f.yaml:2:1']);
    expect(faults('x: [\n').length).toBeGreaterThan(0);
  });

  it('refuse a tag that nobody resolves, with its line', () => {
    expect(faults('a: 1\nb: !!js/function "x"\n').map(f => f.field)).toEqual(['f.yaml:2:4']);
  });

  it.each([
    ['lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['lists left open', '['.repeat(20_000)],
    ['maps', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
    ['dashes', `${'- '.repeat(20_000)}1`],
    ['indents', Array.from({ length: 150 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')],
  ])('refuse %s nested too deeply, by line', (_, text) => {
    const [fault] = faults(`# first\n${text}`);
    expect(fault?.field).toMatch(/^f\.yaml:(2|102)$/);
    expect(fault?.description).toMatch(/nested deeper than 100/);
  });

  it('do not unfold aliases without end', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
    ].join('\n');
    expect(faults(bomb)[0]?.description).toMatch(/alias/i);
  });
});

describe('manifests of files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replictl-'));
    await mkdir(join(folder, 'below'));
    for (const name of ['b.yaml', 'a.yaml', 'c.json', 'z.yml', 'no.txt', 'below/d.yaml'])
      await writeFile(join(folder, name), `{"file": "${name}"}`);
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (paths: string[], recursive = false): Promise<unknown[]> =>
    (await loadManifests(paths, { recursive, readStdin: async () => Buffer.from('stdin: 1') })).map(
      m => m.value,
    );

  it('of a folder are yaml, yml and json in that order, and below only when asked', async () => {
    const names = async (recursive: boolean): Promise<unknown> => read([folder], recursive);
    expect(await names(false)).toEqual(['a.yaml', 'b.yaml', 'z.yml', 'c.json'].map(file => ({ file })));
    expect(await names(true)).toContainEqual({ file: 'below/d.yaml' });
  });

  it('are refused by line when they are not UTF-8', async () => {
    const file = join(folder, 'below', 'latin1.yaml');
    await writeFile(
      file,
      Buffer.concat([Buffer.from('a: 1\nb: "'), Buffer.from([0xe4]), Buffer.from('"\n')]),
    );
    await expect(read([file])).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      violations: [{ field: `${file}:2` }],
    });
    await rm(file);
  });

  it('come from standard input for -', async () => {
    expect(await read(['-', join(folder, 'a.yaml')])).toEqual([{ stdin: 1 }, { file: 'a.yaml' }]);
  });

  it('that are not there are said', async () => {
    await expect(read([join(folder, 'nothing')])).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
    await expect(
      loadManifests(['-'], { recursive: false, readStdin: async () => Buffer.alloc(0) }),
    ).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
    });
  });
});

describe('a manifest that JSON would change', () => {
  it.each([
    ['a number that is none', 'a: .nan', 'f.yaml:1:4'],
    ['an endless number', 'a: [1, -.inf]', 'f.yaml:1:8'],
    ['a number that would be rounded', 'a: 9007199254740993', 'f.yaml:1:4'],
    ['bytes', 'a: !!binary aGVsbG8=', 'f.yaml:1:13'],
    ['a set', 'a: !!set {x, y}', 'f.yaml:1:10'],
    ['a name that is null', 'null: a', 'f.yaml:1:1'],
    ['a name that is a list', '? [x]\n: a', 'f.yaml:1:3'],
    ['one name in two spellings', '1: a\n"1": b', 'f.yaml:2:1'],
    ['an alias of what it stands in', 'a: &a {b: *a}', 'f.yaml:1:11'],
  ])('is refused by line: %s', (_, text, at) => {
    expect(faults(text).map(f => f.field)).toEqual([at]);
  });

  it('is no such thing as one that is only unusual', () => {
    expect(parseManifests('f.yaml', '{1: a, true: b, c: 1e21, d: -0, e: &x [&y 1, *y]}')).toHaveLength(1);
  });
});

describe('what is too large', () => {
  it('is not read to its end: a device, or standard input without end', async () => {
    const endless = async (mostBytes: number) => Buffer.alloc(mostBytes, '#');
    for (const path of ['/dev/zero', '-'])
      await expect(loadManifests([path], { recursive: false, readStdin: endless })).rejects.toMatchObject({
        code: 'REQUEST_TOO_LARGE',
      });
  });

  it('and what cannot be read is the caller’s fault', async () => {
    const readStdin = async () => Buffer.alloc(0);
    await expect(loadManifests(['/proc/self/mem'], { recursive: false, readStdin })).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
    });
  });
});
