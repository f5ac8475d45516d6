#!/usr/bin/env node
import { runReplictl } from './program.js';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
// `replictl … | head` closes the pipe: that is an end, not a fault. Without anybody to read errors the exit code stays.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

async function readStdin(mostBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes);
}

process.exitCode = await runReplictl(process.argv.slice(2), {
  environment: process.env,
  out: chunk => void process.stdout.write(chunk),
  err: chunk => void process.stderr.write(chunk),
  readStdin,
  terminal: process.stdout.isTTY === true,
  signal: interrupted.signal,
});
