export type SnapshotOutcome = 'used' | 'ignored' | 'written' | 'too_large' | 'load_failed' | 'write_failed';

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
  /** A fold was brought to the head of its stream by so many events. */
  eventsRead?(count: number): void;
  /** `fault` is for the log; what goes on for long is told there once per stream. */
  snapshot?(outcome: SnapshotOutcome, fault?: { readonly streamId: string; readonly because: string }): void;
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
  eventsRead: count => all.forEach(o => o.eventsRead?.(count)),
  snapshot: (outcome, fault) => all.forEach(o => o.snapshot?.(outcome, fault)),
  streamTime: recordedMs => all.forEach(o => o.streamTime?.(recordedMs)),
});
