/** The server stops, starts, or was killed: it may be back soon. */
const STATES = new Set(['57P01', '57P02', '57P03', '08000', '08003', '08006', '53300']);
const CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ECONNABORTED',
]);
/** The driver tells these only in words. */
const WORDS =
  /connection terminated|timeout expired|timeout exceeded|read timeout|fell silent|not queryable/i;

/** Whether a failure of a join comes from a primary that is away, so that it is worth trying again. */
export function isPassing(error: unknown): boolean {
  for (let at: unknown = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { code, message, cause } = at as { code?: unknown; message?: unknown; cause?: unknown };
    if (typeof code === 'string' && (STATES.has(code) || CODES.has(code))) return true;
    if (typeof message === 'string' && WORDS.test(message)) return true;
    at = cause;
  }
  return false;
}
