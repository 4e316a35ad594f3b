import { type Log, logTo } from "../contract/log.ts";

/** The same log for those who must not be stopped by it: what it throws, or what a promise of it fails with, is dropped. */
export function guardedLog(log: Log): Log {
  return logTo((level, message, fields) => {
    try {
      const written: unknown = log[level](message, fields);
      if (written instanceof Promise) written.catch(() => {});
    } catch {
      // There is nowhere left to say it.
    }
  });
}
