import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type Log, type LogLevel, logTo, type TaskRegistry } from "@menagerie/core";
import { createZoo, discoverPlugins, type LocalZoo, pluginTasks, type ZooOptions } from "@menagerie/core/host";

/** Flags that every command understands. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly app?: string;
  /** Profile of the zoo spec. */
  readonly profile?: string;
}

/** Opens the zoo of the application that stands here: where a profile is named, that of its zoo spec. */
export function openZoo(flags: GlobalFlags, options: ZooOptions = {}): Promise<LocalZoo> {
  const appDir = applicationDir(flags.app);
  const profile = flags.profile ?? process.env.MENAGERIE_PROFILE;
  const standing = join(appDir, "zoo.yaml");
  return createZoo({
    ...{ appDir, log: standardLog(flags) },
    ...(flags.profile === undefined ? {} : { profile: flags.profile }),
    ...(profile === undefined || profile === "" || !existsSync(standing) ? {} : { specFile: standing }),
    ...options,
  });
}

/** The tasks that the application's plugins and core have. What cannot be read is said by the zoo. */
export async function applicationTasks(flags: GlobalFlags): Promise<TaskRegistry> {
  const { plugins } = await discoverPlugins(applicationDir(flags.app));
  const { tasks } = await pluginTasks(plugins);
  return tasks;
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
