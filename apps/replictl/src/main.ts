#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { runReplictl } from './program.js';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
// `replictl … | head` closes the pipe: that is an end, not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runReplictl(process.argv.slice(2), {
  environment: process.env,
  out: chunk => void process.stdout.write(chunk),
  err: chunk => void process.stderr.write(chunk),
  readStdin: () => text(process.stdin),
  terminal: process.stdout.isTTY === true,
  signal: interrupted.signal,
});
