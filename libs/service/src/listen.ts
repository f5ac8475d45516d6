import type { Server } from 'node:net';
import { ConfigurationError } from './configuration-error.js';

/** Rejects with a sentence that names the port when it is taken. */
export function listen(server: Server, at: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? portRefused(at, error.code) : error);
    });
    server.listen(at.port, at.host, () => resolve());
  });
}

export const portRefused = (
  at: { readonly host: string; readonly port: number },
  code: string,
): ConfigurationError =>
  new ConfigurationError([
    code === 'EACCES'
      ? `${at.host}:${at.port} may not be listened on by this user; choose a port above 1023`
      : `${at.host}:${at.port} is in use by another process; stop it or choose another port`,
  ]);

export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.family === 'IPv6'
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
