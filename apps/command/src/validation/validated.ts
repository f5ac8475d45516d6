import 'reflect-metadata';
import type { FieldViolation } from '@replicante/kernel';
import { RejectedError } from '@replicante/kernel';
import { plainToInstance } from 'class-transformer';
import type { ValidationError } from 'class-validator';
import { validateSync } from 'class-validator';
import { QuickValidator } from './quick-validator.js';

type Dto<T extends object> = new () => T;
const quick = new Map<Dto<object>, QuickValidator | undefined>();

/** All violations at once, each with its path; throws them as INVALID_REQUEST. */
export function validated<T extends object>(type: Dto<T>, message: unknown): T {
  if (!quick.has(type)) quick.set(type, QuickValidator.of(type));
  return (quick.get(type)?.read(message) as T | undefined) ?? validatedByLibraries(type, message);
}

/** The same without the short way of valid messages. */
export function validatedByLibraries<T extends object>(type: Dto<T>, message: unknown): T {
  const instance = plainToInstance(type, message ?? {}, { exposeDefaultValues: false });
  const violations = validateSync(instance, { forbidUnknownValues: false }).flatMap(error =>
    flatten(error, ''),
  );
  if (violations.length === 0) return instance;
  throw new RejectedError({
    code: 'INVALID_REQUEST',
    message: `${violations.length === 1 ? 'a field' : `${violations.length} fields`} of the request cannot be taken`,
    violations,
  });
}

function flatten(
  { property, constraints, children = [] }: ValidationError,
  prefix: string,
): FieldViolation[] {
  const field = prefix === '' ? property : `${prefix}.${property}`;
  // What is missing has no further faults.
  const faults = constraints?.['isDefined']
    ? [constraints['isDefined']]
    : [...new Set(Object.values(constraints ?? {}))];
  const own = faults.map(description => ({ field, description }));
  return [...own, ...children.flatMap(child => flatten(child, field))];
}
