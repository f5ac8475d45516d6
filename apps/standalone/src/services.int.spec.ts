import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@replicante/processes';
import { eventually, startTestPostgres, type TestPostgres } from '@replicante/testing';
import { startServices, type HostedServices } from './services.js';

describe('the services of one process', () => {
  let postgres: TestPostgres;
  let logs: string;
  let hosted: HostedServices | undefined;

  beforeAll(async () => {
    postgres = await startTestPostgres();
    logs = await mkdtemp(join(tmpdir(), 'hosted-'));
    const [httpPort = 0, grpcPort = 0] = await freePorts(2);
    hosted = await startServices({ logs }, { httpPort, grpcPort }, postgres.url);
  }, 60_000);
  afterAll(async () => {
    await hosted?.stop();
    await postgres?.stop();
    if (logs) await rm(logs, { recursive: true, force: true });
  });

  it('are all members of the suite, and each leaves when it stops', async () => {
    const { services, ports } = hosted!;
    const members = async () => {
      const found = await ports.coordinator.members('services');
      return found.map(({ attributes }) => attributes['service']).sort();
    };
    const all = ['command', 'projection', 'query', 'scheduler', 'worker'];
    await eventually(
      async () => {
        expect(await members()).toEqual(all);
        return true;
      },
      { within: 10_000 },
    );
    for (const service of [...services].reverse()) {
      await service.stop();
      all.splice(all.indexOf(service.name), 1);
      expect(await members()).toEqual(all);
    }
  }, 60_000);
});
