/** A libpq connection string (`key=value …`, values quoted where needed). */
export function formatConninfo(options: Readonly<Record<string, string | number>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}='${String(value).replace(/[\\']/g, '\\$&')}'`)
    .join(' ');
}

/** Tolerant: what is not `key=value` is skipped. */
export function parseConninfo(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.)*))/g);
  return Object.fromEntries(
    [...pairs].map(([, key = '', quoted, plain = '']) => [key, (quoted ?? plain).replace(/\\(.)/g, '$1')]),
  );
}

export interface MemberAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port`. `undefined` when it is neither. */
export function parseMemberAddress(text: string): MemberAddress | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}
