/** An abort must not wait for a server that does not answer; what the call says after it is of no use to anybody. */
export async function untilAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T | 'aborted'> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<'aborted'>(resolve => {
    stop = () => resolve('aborted');
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([call, aborted]);
  } catch (error) {
    if (signal.aborted) return 'aborted';
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after `ms`, or when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
