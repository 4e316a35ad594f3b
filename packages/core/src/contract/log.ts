/** Structured log: one event, its facts as fields. Where it goes is the host's affair. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogLevel = keyof Log;
export type LogFields = Readonly<Record<string, unknown>>;

/** A log whose every entry goes through one function. */
export function logTo(write: (level: LogLevel, message: string, fields: LogFields) => void): Log {
  return {
    debug: (message, fields = {}) => write("debug", message, fields),
    info: (message, fields = {}) => write("info", message, fields),
    warn: (message, fields = {}) => write("warn", message, fields),
    error: (message, fields = {}) => write("error", message, fields),
  };
}
