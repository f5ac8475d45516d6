/**
 * An iterator whose `return` takes effect while `next` waits: a generator alone would wait for the next value, which
 * may never come, and keep what it watches for ever.
 */
export function stoppable<T>(make: (signal: AbortSignal) => AsyncGenerator<T>): AsyncIterableIterator<T> {
  const stop = new AbortController();
  const generator = make(stop.signal);
  return {
    next: () => generator.next(),
    return: async () => {
      stop.abort();
      await generator.return(undefined);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
