/** One JSON line per thing that happened, on standard output. */
export type EventLog = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

export const stdoutLog: EventLog = (event, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event, ...fields })}\n`);
};
