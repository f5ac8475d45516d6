import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '@replicante/processes';

/**
 * The system identifier of a data directory: the first eight bytes of `global/pg_control`, in the machine's order (all
 * supported machines are little-endian). Needs no server. `undefined` when the file is absent or cut short.
 */
export async function systemIdentifierOf(dataDir: string): Promise<string | undefined> {
  try {
    const file = await open(join(dataDir, 'global', 'pg_control'), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
      return bytesRead === 8 ? buffer.readBigUInt64LE(0).toString() : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
