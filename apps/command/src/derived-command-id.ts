import { v5 } from 'uuid';

/**
 * The id of a command that another one causes: the same on every repeat. Keeps the time of its parent (the first 48 bits
 * of a UUIDv7), so that it leaves the window of known repeats together with it (safety.md §10).
 */
export function derivedCommandId(parent: string, name: string): string {
  const hash = v5(`command:${name}`, parent);
  return `${parent.slice(0, 13)}-7${hash.slice(15, 18)}-${hash.slice(19)}`;
}
