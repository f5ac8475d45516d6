import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { Shutdown } from './shutdown.js';

const logged: Record<string, unknown>[] = [];
const logger = createLogger(
  { service: 'command', instance: 'c1', logLevel: 'debug' },
  { write: line => void logged.push(JSON.parse(line) as Record<string, unknown>) },
);

describe('an ordered shutdown', () => {
  it('runs phases in order, and within a phase closes last what was opened first', async () => {
    const ran: string[] = [];
    const shutdown = new Shutdown(logger, 1_000);
    shutdown.on('close', 'database', () => void ran.push('database'));
    shutdown.on('close', 'reader', () => void ran.push('reader'));
    shutdown.on('release leadership', 'session', () => void ran.push('session'));
    shutdown.on('stop intake', 'server', () => void ran.push('server'));
    await shutdown.run();
    expect(ran).toEqual(['server', 'session', 'reader', 'database']);
  });

  it('goes on past a step that fails and one that hangs, says both, and ends within its bound', async () => {
    const ran: string[] = [];
    const shutdown = new Shutdown(logger, 50);
    shutdown.on('stop intake', 'hangs', () => new Promise(() => undefined));
    shutdown.on('flush', 'fails', () => Promise.reject(new Error('disk full')));
    shutdown.on('close', 'last', () => void ran.push('last'));
    await shutdown.run();
    expect(ran).toEqual(['last']);
    expect(logged).toContainEqual(expect.objectContaining({ step: 'hangs' }));
    expect(logged).toContainEqual(expect.objectContaining({ step: 'fails', error_msg: 'disk full' }));
  });

  it('runs once, however often it is asked', async () => {
    let runs = 0;
    const shutdown = new Shutdown(logger, 1_000);
    shutdown.on('close', 'once', () => void (runs += 1));
    await Promise.all([shutdown.run(), shutdown.run()]);
    await shutdown.run();
    expect(runs).toBe(1);
  });
});
