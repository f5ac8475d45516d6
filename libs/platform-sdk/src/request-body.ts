import type { IncomingMessage } from 'node:http';

export type BodyResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400 | 413 | 415; readonly message: string };

/** Reads a JSON body of at most `maxBytes`; a larger one is not read to its end. */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<BodyResult> {
  // A form or plain text is what a foreign page can send without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return { ok: false, status: 415, message: 'content-type must be application/json' };
  }
  const tooLarge = { ok: false, status: 413, message: `the body is larger than ${maxBytes} bytes` } as const;
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) return tooLarge;
    chunks.push(bytes);
  }
  try {
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, status: 400, message: 'the body is not JSON' };
    throw error;
  }
}
