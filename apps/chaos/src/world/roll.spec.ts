import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessIdentity, identify } from '@replicante/processes';
import { commandTargets } from './command-targets.js';
import { enrolled, settingOf } from './roll.js';

let folder: string;
const me = (): ProcessIdentity => {
  const identity = identify(process.pid);
  if (!identity) throw new Error('this process is not found');
  return identity;
};
const entries = (...names: readonly string[]) =>
  names.map(name => ({ name, pid: process.pid, address: '', log: `${name}.log`, identity: me() }));
const write = (content: readonly object[]): Promise<void> =>
  writeFile(join(folder, 'processes.json'), JSON.stringify(content));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roll-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds the running processes of a service, and none before the first start', async () => {
  expect(enrolled(folder, 'worker')).toEqual([]);
  const gone = { ...entries('worker-3')[0], identity: { ...me(), startTime: 'of another' } };
  await write([...entries('worker-1', 'worker-2', 'command-1'), gone]);
  expect(enrolled(folder, 'worker').map(({ name }) => name)).toEqual(['worker-1', 'worker-2']);
});

it('reads a setting of a running process, and none of one that is not set', async () => {
  await write(entries('worker-1'));
  const [found] = enrolled(folder);
  if (!found) throw new Error('nobody is enrolled');
  expect(settingOf(found, 'PATH')).toBe(process.env['PATH']);
  expect(settingOf(found, 'NEVER_SET')).toBeUndefined();
});

it('asks nobody while no process of command runs, so that the caller sees a broken connection', () => {
  const { command, control } = commandTargets('stack', folder, 1);
  expect(() => command()).toThrow(/no such process/);
  expect(control).toHaveLength(2);
  expect(() => control[0]?.()).toThrow(/no such process/);
});
