const WHY: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'connection refused; is `npm start` running?'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'no such host'],
  [/EHOSTUNREACH|ENETUNREACH/, 'no way to that host'],
  [/ETIMEDOUT/, 'nobody answers there'],
];

/** One sentence for a connection that was never made; undefined when `problem` tells of something else. */
export function noConnection(to: string, problem: string): string | undefined {
  const why = WHY.find(([sign]) => sign.test(problem))?.[1];
  return why === undefined ? undefined : `cannot connect to ${to}: ${why}`;
}
