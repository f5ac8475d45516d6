import type { FieldViolation } from '@replicante/kernel';
import { childPath } from './field-path.js';

const MAX_DEPTH = 64;
const MAX_VALUES = 100_000;
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;

function faultOfText(text: string): string | undefined {
  if (PRIVATE_KEY.test(text))
    return 'holds a private key; events are kept for ever, so put the key into a file and refer to it ({fromFile: /path})';
  if (text.includes('\0')) return 'holds a NUL character, which cannot be stored; remove it';
  if (/\p{Surrogate}/u.test(text))
    return 'holds half of a Unicode character, which cannot be stored; remove it';
  return undefined;
}

/** `walkable: false`: not JSON, or too deep or too large for a validator to walk; nothing further can be said of it. */
export interface Examination {
  readonly walkable: boolean;
  readonly violations: readonly FieldViolation[];
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
};

function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'object' && value !== null) return isPlain(value);
  return typeof value === 'string' || typeof value === 'boolean' || value === null;
}

/**
 * Finds what can never be taken, wherever it stands: private keys (safety.md §13), what is not JSON, texts that
 * PostgreSQL cannot hold, trees too deep or too large. Total: safe on cycles and on any depth.
 */
export function examine(root: unknown): Examination {
  const violations: FieldViolation[] = [];
  const pending: { path: string; value: unknown; depth: number }[] = [{ path: '', value: root, depth: 0 }];
  const stop = (description: string): Examination => ({
    walkable: false,
    violations: [{ field: '', description }],
  });
  let walkable = true;
  let seen = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, value, depth } = next;
    if (++seen > MAX_VALUES) return stop(`holds more than ${MAX_VALUES} values; make the manifest smaller`);
    if (depth > MAX_DEPTH) return stop(`is nested deeper than ${MAX_DEPTH} levels; flatten it`);
    if (!isJson(value)) {
      walkable = false;
      violations.push({
        field: path,
        description: 'is not JSON; write a text, finite number, boolean, list or object (dates in quotes)',
      });
    } else if (typeof value === 'string') {
      const fault = faultOfText(value);
      if (fault !== undefined) violations.push({ field: path, description: fault });
    } else if (typeof value === 'object' && value !== null) {
      const entries: [string | number, unknown][] = Array.isArray(value)
        ? value.map((item: unknown, index) => [index, item])
        : Object.entries(value);
      for (const [key, child] of entries.reverse()) {
        const fault = typeof key === 'string' ? faultOfText(key) : undefined;
        if (fault !== undefined)
          violations.push({ field: path, description: `has a field whose name ${fault}` });
        else pending.push({ path: childPath(path, key), value: child, depth: depth + 1 });
      }
    }
  }
  return { walkable, violations };
}
