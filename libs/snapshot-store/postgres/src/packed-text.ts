import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';

const deflate = promisify(deflateRaw);

/** More than any snapshot holds: what somebody wrote into the table must not fill the memory. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Of what is unpacked at once; by default zlib copies a state together from a hundred pieces. */
const CHUNK = 1024 * 1024;

/** In the thread pool. The fastest level: states are JSON of like objects, which any level shrinks tenfold. */
export const packed = async (text: string): Promise<string> =>
  (await deflate(Buffer.from(text, 'utf8'), { level: 1 })).toString('base64');

/** Throws for what `packed` did not make. */
export const unpacked = (base64: string): string =>
  inflateRawSync(Buffer.from(base64, 'base64'), { maxOutputLength: MAX_BYTES, chunkSize: CHUNK }).toString(
    'utf8',
  );
