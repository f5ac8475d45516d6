import { EventStoreError } from './event-store-error.js';

/** NUL, which PostgreSQL cannot hold in text, and lone surrogates, which UTF-8 cannot carry. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
/** Deeper is a cycle or a defect; it would overflow the stack of some reader. */
const MAX_DEPTH = 128;

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  // The root of any realm: what `structuredClone` makes in a VM context is a plain object too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

const refuse = (path: string, why: string): never => {
  throw new EventStoreError('EVENT_NOT_JSON', `${path}: ${why}`);
};

/** Text that every store can hold: no NUL, no lone surrogate. */
export const isStorableText = (text: string): boolean => !UNSTORABLE.test(text);

function check(value: unknown, path: string, depth: number): void {
  if (depth > MAX_DEPTH) refuse(path, `nested deeper than ${MAX_DEPTH}, or in a cycle`);
  switch (typeof value) {
    case 'boolean':
      return;
    case 'string':
      if (!isStorableText(value)) refuse(path, 'a string with NUL or a lone surrogate');
      return;
    case 'number':
      if (!Number.isFinite(value)) refuse(path, `${value} is not JSON`);
      return;
    case 'object':
      break;
    default:
      refuse(path, `${typeof value} is not JSON`);
  }
  if (value === null) return;
  if (Array.isArray(value)) {
    // By index: `forEach` would step over holes, which JSON.stringify turns into null.
    for (let index = 0; index < value.length; index += 1) check(value[index], `${path}[${index}]`, depth + 1);
    return;
  }
  const object = value as object;
  if (!isPlain(object)) refuse(path, `${object.constructor.name} is not JSON; convert it first`);
  for (const [key, member] of Object.entries(object)) {
    if (!isStorableText(key)) refuse(path, 'a member name with NUL or a lone surrogate');
    if (member !== undefined) check(member, `${path}.${key}`, depth + 1);
  }
}

/**
 * JSON text of a value that comes back equal. Members that are `undefined` are left out, as JSON.stringify does;
 * everything that JSON.stringify would silently change (Date, NaN, a hole in an array, a class) is refused with
 * `EVENT_NOT_JSON` and the path of the field.
 */
export function jsonText(value: unknown, path: string): string {
  check(value, path, 0);
  return JSON.stringify(value);
}
