import type { FieldViolation } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';

export const invalid = (...violations: readonly FieldViolation[]) =>
  new RejectedError({
    code: 'INVALID_REQUEST',
    message: `Wrong ${violations.map(v => v.field).join(', ')}: ${violations[0]?.description ?? ''}`,
    violations,
  });
