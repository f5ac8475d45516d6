/** What a run of replictl touches of its process; a test gives its own. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** All of standard input, or its first `mostBytes`: `yes | replictl apply` ends. */
  readonly readStdin: (mostBytes: number) => Promise<Buffer>;
  /** Standard output is a terminal: colours, and redrawing instead of appending. */
  readonly terminal: boolean;
  /** Ctrl-C. Commands that run on end quietly. */
  readonly signal: AbortSignal;
}
