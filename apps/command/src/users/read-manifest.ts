import type { Manifest } from '@replicante/contracts';
import { decodeManifest } from '@replicante/contracts';
import { RejectedError } from '@replicante/kernel';

/** JSON text → manifest; throws every fault at once as MANIFEST_INVALID or RESOURCE_NOT_SUPPORTED. */
export function readManifest(text: string): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new RejectedError({
      code: 'MANIFEST_INVALID',
      message: 'the manifest is not JSON',
      violations: [
        { field: 'manifest_json', description: error instanceof Error ? error.message : 'is not JSON' },
      ],
    });
  }
  const decoded = decodeManifest(document);
  if (!decoded.ok) throw new RejectedError(decoded.rejection);
  return decoded.manifest;
}
