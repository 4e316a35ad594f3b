import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { addAdoptCommand } from "./command-adopt.ts";
import { addBundleCommand } from "./command-bundle.ts";
import { addCacheCommand } from "./command-cache.ts";
import { addCalibrateCommand } from "./command-calibrate.ts";
import { addCompletionCommand } from "./command-completion.ts";
import { addDoctorCommand } from "./command-doctor.ts";
import { addLoadCommand } from "./command-load.ts";
import { addLockCommand } from "./command-lock.ts";
import { addListCommands } from "./command-ls.ts";
import { addManifestCommand } from "./command-manifest.ts";
import { addPlanCommand } from "./command-plan.ts";
import { addPullCommand } from "./command-pull.ts";
import { addRemoteCommands } from "./command-remote.ts";
import { addRunCommand } from "./command-run.ts";
import { addSchedulerCommands } from "./command-scheduler.ts";
import { addServeCommand } from "./command-serve.ts";
import { addSignCommand } from "./command-sign.ts";
import { addStoreCommands } from "./command-store.ts";
import { addTasksCommand } from "./command-tasks.ts";
import { addUnloadCommand } from "./command-unload.ts";
import { addVerifyCommand } from "./command-verify.ts";

/** The `zoo` command with all that it can do. */
export async function createProgram(): Promise<Command> {
  const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  const program = new Command("zoo")
    .description("A model zoo: plugins of models, served within the memory you have.")
    .version(version, "-V, --version", "print the version")
    .option("--json", "machine-readable output, one object to a line")
    .option("--debug", "verbose output with stack traces")
    .option("--app <dir>", "application whose plugins are used (default: the nearest package.json above)")
    .option("--profile <name>", "profile of the zoo spec (default: MENAGERIE_PROFILE)")
    .showHelpAfterError("(zoo --help, or zoo COMMAND --help, says more)")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .exitOverride();
  addListCommands(program);
  addPullCommand(program);
  addStoreCommands(program);
  addTasksCommand(program);
  addRunCommand(program);
  addServeCommand(program);
  addRemoteCommands(program);
  addLoadCommand(program);
  addUnloadCommand(program);
  addPlanCommand(program);
  addSchedulerCommands(program);
  addAdoptCommand(program);
  addLockCommand(program);
  addVerifyCommand(program);
  addManifestCommand(program);
  addCalibrateCommand(program);
  addBundleCommand(program);
  addSignCommand(program);
  addDoctorCommand(program);
  addCacheCommand(program);
  addCompletionCommand(program);
  for (const command of program.commands.flatMap((parent) => [parent, ...parent.commands]))
    command.exitOverride().showHelpAfterError("(zoo --help, or zoo COMMAND --help, says more)");
  return program;
}
