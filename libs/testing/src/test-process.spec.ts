import { describe, expect, it } from '@jest/globals';
import { eventually, startProcess } from './index.js';

const sh = (script: string) => ({ command: '/bin/sh', args: ['-c', script] });

describe('a process under test', () => {
  it('is ready when its output says so, and keeps both streams apart and together', async () => {
    const running = await startProcess({
      ...sh('echo $GREETING; echo oops >&2; exec sleep 60'),
      env: { GREETING: 'ready!' },
      ready: /oops/,
    });
    expect(running.stdout()).toBe('ready!\n');
    expect(running.stderr()).toBe('oops\n');
    expect(running.output()).toContain('ready!');
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(running.isRunning()).toBe(false);
  });

  it('that ends before it is ready is an error with its output', async () => {
    const attempt = startProcess({ ...sh('echo no such database; exit 3'), ready: /listening/ });
    await expect(attempt).rejects.toThrow(/ended with 3\n--- output\nno such database/);
  });

  it('that is never ready is an error with its output, and is killed', async () => {
    const attempt = startProcess({
      ...sh('echo starting; exec sleep 60'),
      ready: () => false,
      readyWithin: 100,
    });
    await expect(attempt).rejects.toThrow(/not within 100 ms[^]*starting/);
  });

  it('answers how it ended when it is not expected to be ready', async () => {
    const ran = await startProcess(sh('read word; echo "got $word"; exit 7'));
    ran.write('it\n');
    expect(await ran.exit).toEqual({ code: 7, signal: null });
    await eventually(() => ran.stdout() === 'got it\n', { within: 1_000 });
  });

  it('is killed with its children, frozen or not', async () => {
    const running = await startProcess({ ...sh('sleep 60 & echo started; wait'), ready: /started/ });
    running.freeze();
    expect(await running.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  });
});
