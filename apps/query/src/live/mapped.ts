/** The same iterator with other values; it ends with its source. */
export function mapped<T, R>(
  source: AsyncIterableIterator<T>,
  map: (value: T) => R,
): AsyncIterableIterator<R> {
  return {
    next: async () => {
      const { done, value } = await source.next();
      return done ? { done: true, value: undefined } : { done: false, value: map(value) };
    },
    return: async () => {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
