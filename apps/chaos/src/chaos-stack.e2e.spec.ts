import { expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { describeWith, startProcess } from '@replicante/testing';

const MAIN = join(resolve(import.meta.dirname, '../../..'), 'dist/apps/chaos/src/main.js');

/** Of a short run that strikes services, servers and links alike; odd, so that events are in the EventStoreDB's double. */
const SEED = '1';

const chaos = async () => {
  const run = await startProcess({
    command: process.execPath,
    args: [MAIN, '--stack', '--seed', SEED, '--faults', '6'],
  });
  const { code } = await run.exit;
  return { code, output: run.output() };
};

await describeWith(['kafka', 'consul'], 'the full stack', () => {
  it('is harmed by none of six faults, and converges at five nodes', async () => {
    expect(await chaos()).toMatchObject({ code: 0, output: expect.stringContaining('no violation') });
  }, 420_000);
});
