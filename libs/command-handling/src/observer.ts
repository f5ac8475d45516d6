/** For metrics; none of it may throw. */
export interface HandlingObserver {
  cache?(result: 'hit' | 'miss'): void;
  unknownEvent?(type: string): void;
  /** A command ended: `accepted`, `unchanged`, `repeated`, or the code of its rejection. */
  handled?(commandType: string, result: string, ms: number): void;
  appended?(ms: number, events: number): void;
  conflict?(): void;
  /** An append whose outcome was not known at first. */
  inDoubt?(): void;
  /** Time of a stream's newest event, milliseconds since the epoch. */
  streamTime?(recordedMs: number): void;
}

/** All of them, in order. */
export const observers = (...all: readonly HandlingObserver[]): HandlingObserver => ({
  cache: result => all.forEach(o => o.cache?.(result)),
  unknownEvent: type => all.forEach(o => o.unknownEvent?.(type)),
  handled: (type, result, ms) => all.forEach(o => o.handled?.(type, result, ms)),
  appended: (ms, events) => all.forEach(o => o.appended?.(ms, events)),
  conflict: () => all.forEach(o => o.conflict?.()),
  inDoubt: () => all.forEach(o => o.inDoubt?.()),
  streamTime: recordedMs => all.forEach(o => o.streamTime?.(recordedMs)),
});
