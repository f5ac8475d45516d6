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

/** Text that every store can hold: no NUL, no lone surrogate. */
export const isStorableText = (text: string): boolean => !UNSTORABLE.test(text);

/** What JSON cannot carry, and where; the path is put together only when there is something to tell. */
interface Fault {
  readonly path: string;
  readonly why: string;
}
const fault = (why: string): Fault => ({ path: '', why });
const within = (step: string, found: Fault | undefined): Fault | undefined =>
  found && { path: step + found.path, why: found.why };

/** `texts`: whether strings and names of members are looked at as well. */
function faultOf(value: unknown, depth: number, texts: boolean): Fault | undefined {
  if (depth > MAX_DEPTH) return fault(`nested deeper than ${MAX_DEPTH}, or in a cycle`);
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'string':
      return texts && !isStorableText(value) ? fault('a string with NUL or a lone surrogate') : undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : fault(`${value} is not JSON`);
    case 'object':
      break;
    default:
      return fault(`${typeof value} is not JSON`);
  }
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    // By index: `forEach` would step over holes, which JSON.stringify turns into null.
    for (let index = 0; index < value.length; index += 1) {
      const found = faultOf(value[index], depth + 1, texts);
      if (found) return within(`[${index}]`, found);
    }
    return undefined;
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (!isPlain(object)) return fault(`${object.constructor.name} is not JSON; convert it first`);
  for (const key of Object.keys(object)) {
    if (texts && !isStorableText(key)) return fault('a member name with NUL or a lone surrogate');
    const member = object[key];
    if (member === undefined) continue;
    const found = faultOf(member, depth + 1, texts);
    if (found) return within(`.${key}`, found);
  }
  return undefined;
}

/**
 * JSON text of a value that comes back equal. Members that are `undefined` are left out, as JSON.stringify does;
 * everything that JSON.stringify would silently change (Date, NaN, a hole in an array, a class) is refused with
 * `EVENT_NOT_JSON` and the path of the field.
 */
export function jsonText(value: unknown, path: string): string {
  let found = faultOf(value, 0, false);
  if (found === undefined) {
    const text = JSON.stringify(value);
    // NUL and lone surrogates stand in it as such escapes, and hardly anything else does.
    if (!text.includes('\\u')) return text;
    found = faultOf(value, 0, true);
    if (found === undefined) return text;
  }
  throw new EventStoreError('EVENT_NOT_JSON', `${path}${found.path}: ${found.why}`);
}
