/** Structured fields; keys as domain-reference §13.6 (`action_id`, `node_id`, `error_msg`, …). Never a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface AgentLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** One JSON line per message. */
export function jsonLinesLog(write: (line: string) => void, bound: LogFields = {}): AgentLog {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void =>
      write(
        `${JSON.stringify({ time: new Date().toISOString(), level, msg: message, ...bound, ...fields })}\n`,
      );
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
