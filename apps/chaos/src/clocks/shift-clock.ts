/** The wall clock of this process, ahead by so many milliseconds. What is monotonic stays: both tick alike. */
export function shiftClock(ms: number): void {
  const right = Date;
  const now = (): number => right.now() + ms;
  globalThis.Date = new Proxy(right, {
    construct: (target, args: unknown[], wanted) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, wanted) as Date,
    apply: () => new right(now()).toString(),
    get: (target, property) => (property === 'now' ? now : (Reflect.get(target, property) as unknown)),
  });
  Object.defineProperty(performance, 'timeOrigin', {
    value: performance.timeOrigin + ms,
    configurable: true,
  });
}
