import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Runs a clean-up even if this process dies without a word (`kill -9` of a test run). */
export interface Watchdog {
  /** Ends the watchdog without its clean-up. */
  dismiss(): void;
}

/**
 * A shell waits on a pipe that only this process holds; the system closes it whatever ends us. Exit hooks do not do:
 * Jest's sandbox has a `process` of its own, and nothing runs after SIGKILL.
 */
export function watchdog(cleanUp: string, ...args: readonly string[]): Watchdog {
  const script = `IFS= read -r word; [ "$word" = dismissed ] && exit 0\n${cleanUp}`;
  const shell = spawn('/bin/sh', ['-c', script, 'watchdog', ...args], {
    detached: true, // a Ctrl-C in the terminal must not end it before it has cleaned up
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref(); // the pipe must not keep the test run alive
  shell.stdin.on('error', () => undefined); // it ended first: nothing is left to dismiss
  return { dismiss: () => void shell.stdin.end('dismissed\n') };
}
