import { type Log, logTo } from "../contract/log.ts";

/** The same log for those who must not be stopped by it: what it throws, or what a promise of it fails with, is dropped. */
export function guardedLog(log: Log): Log {
  return logTo((level, message, fields) => {
    // Where it fails there is nowhere left to say it.
    void (async () => log[level](message, fields))().catch(() => {});
  });
}
