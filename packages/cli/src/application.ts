import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Log, type LogLevel, logTo } from "@menagerie/core";
import { createZoo, type LocalZoo, type ZooOptions } from "@menagerie/core/host";

/** Flags that every command understands. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly app?: string;
}

/** Opens the zoo of the application that stands here. */
export function openZoo(flags: GlobalFlags, options: ZooOptions = {}): Promise<LocalZoo> {
  return createZoo({ appDir: applicationDir(flags.app), log: standardLog(flags), ...options });
}

/** The log that goes to standard error, from the level that LOG_LEVEL or --debug names. */
export function standardLog(flags: GlobalFlags): Log {
  const wanted = levels.indexOf((process.env.LOG_LEVEL ?? (flags.debug ? "debug" : "error")) as LogLevel);
  return logTo((level, message, fields) => {
    if (levels.indexOf(level) < wanted) return;
    process.stderr.write(`${level} ${message} ${JSON.stringify(fields)}\n`);
  });
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** The folder whose package.json lists the plugins: the nearest one above the working folder. */
export function applicationDir(named: string | undefined): string {
  if (named !== undefined) return resolve(named);
  for (let dir = process.cwd(); ; dir = dirname(dir)) {
    if (existsSync(join(dir, "package.json"))) return dir;
    if (dirname(dir) === dir) return process.cwd();
  }
}
