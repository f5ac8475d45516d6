import { afterEach, describe, expect, it } from '@jest/globals';
import { Probes } from './probes.js';
import type { ProbeServer } from './probe-server.js';
import { startProbeServer } from './probe-server.js';

const make = (): Probes => new Probes({ service: 'command', instance: 'c1' }, { process: false });
let server: ProbeServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('probes', () => {
  it('are ready without checks, and not ready once the service stops', async () => {
    const probes = make();
    expect(await probes.readiness()).toEqual({ ready: true, checks: [] });
    probes.stopping();
    expect(await probes.readiness()).toMatchObject({ ready: false });
    expect(await probes.liveness()).toMatchObject({ live: true });
  });

  it('name the check that fails and its sentence', async () => {
    const probes = make();
    probes.addReadiness('event store', () => Promise.reject(new Error('does not answer')));
    probes.addReadiness('clock', () => undefined);
    expect(await probes.readiness()).toEqual({
      ready: false,
      checks: [
        { name: 'event store', ok: false, message: 'does not answer' },
        { name: 'clock', ok: true },
      ],
    });
  });

  it('answer although a check hangs', async () => {
    const probes = make();
    probes.addReadiness('hung', () => new Promise(() => undefined));
    expect(await probes.readiness()).toMatchObject({ ready: false, checks: [{ name: 'hung', ok: false }] });
  });

  it('are served as 200 and 503 with the checks, metrics as Prometheus text, anything else as 404', async () => {
    const probes = make();
    server = await startProbeServer(probes, { host: '127.0.0.1', port: 0 });
    const get = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(`http://${server?.address ?? ''}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await get('/livez')).toEqual([200, '{"ok":true,"checks":[]}']);
    probes.addReadiness('x', () => {
      throw new Error('no');
    });
    expect(await get('/readyz')).toEqual([
      503,
      '{"ok":false,"checks":[{"name":"x","ok":false,"message":"no"}]}',
    ]);
    expect((await get('/metrics'))[0]).toBe(200);
    expect((await get('/'))[0]).toBe(404);
  });

  it('say in one sentence that the port is taken', async () => {
    server = await startProbeServer(make(), { host: '127.0.0.1', port: 0 });
    const port = Number(server.address.split(':')[1]);
    await expect(startProbeServer(make(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('is in use by another process'),
    });
  });
});
