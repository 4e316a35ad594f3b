import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError } from "@menagerie/core";
import { usableToken } from "@menagerie/server";
import { type Command, Option } from "commander";
import { applicationDir, type GlobalFlags, openZoo } from "./application.ts";
import { outliveReader } from "./closed-output.ts";
import { endAtOnce } from "./end-at-once.ts";
import { isLocal, listeningHost } from "./listening-address.ts";
import { numberFlag } from "./number-flag.ts";
import { serveZoo } from "./serve-zoo.ts";
import { StopSignals } from "./stop-signals.ts";

interface ServeFlags extends GlobalFlags {
  readonly host: string;
  readonly port: number;
  readonly modelsRoot?: string;
  readonly frozen?: boolean;
  readonly token?: string;
  readonly maxBodyMb: number;
  readonly shutdownDelayS: number;
  readonly drainS: number;
}

export function addServeCommand(program: Command): void {
  program
    .command("serve")
    .summary("serve a zoo over HTTP")
    .description("Serves a zoo over HTTP until it is interrupted: typed tasks, health, metrics and OpenAPI.")
    .argument("[zoo]", "zoo spec; ./zoo.yaml where there is one, else every model of every plugin")
    .addOption(
      new Option("--host <address>", "address to listen on; others than this machine's own need a token")
        .argParser(listeningHost)
        .default("127.0.0.1")
        .env("ZOO_HOST"),
    )
    .addOption(number("-p, --port <n>", "port to listen on, 0 for any that is free", 0, 65_535, 8000).env("ZOO_PORT"))
    .addOption(new Option("--models-root <dir>", "folder of the models").env("ZOO_MODELS_ROOT"))
    .option("--frozen", "refuse what is outside of zoo.lock (as MENAGERIE_FROZEN=1 does)")
    .addOption(new Option("--token <secret>", "bearer token that requests must carry").env("ZOO_TOKEN"))
    .addOption(number("--max-body-mb <n>", "largest request in MiB", 1, 4096, 16).env("ZOO_MAX_BODY_MB"))
    .addOption(
      number(
        "--shutdown-delay-s <n>",
        "seconds after SIGTERM for which requests are still taken while readiness says no; 5 to 10 behind a load balancer",
        0,
        3600,
        0,
      ).env("ZOO_SHUTDOWN_DELAY_S"),
    )
    .addOption(
      number("--drain-s <n>", "seconds that requests under way may take to end", 0, 86_400, 30).env("ZOO_DRAIN_S"),
    )
    .addHelpText(
      "after",
      '\nExamples:\n  zoo serve\n  zoo serve camera.yaml --port 9000\n  zoo serve --host 0.0.0.0 --token "$SECRET"',
    )
    .action(async (file: string | undefined, _flags: unknown, self: Command) => serve(file, self.optsWithGlobals()));
}

function number(flags: string, description: string, least: number, most: number, usual: number): Option {
  return new Option(flags, description).argParser(numberFlag({ least, most, isWhole: true })).default(usual);
}

async function serve(named: string | undefined, flags: ServeFlags): Promise<void> {
  // Before anything else: a signal that comes while models are loaded is a wish to stop as well.
  const signals = new StopSignals();
  outliveReader();
  const token = flags.token === undefined ? undefined : usableToken(flags.token, "--token (or ZOO_TOKEN)");
  if (!isLocal(flags.host) && token === undefined) {
    throw new ModelError(
      "unauthorised",
      `Listening on ${flags.host} would open the zoo to the network. Give a --token (or ZOO_TOKEN) that clients must send, or listen on 127.0.0.1.`,
    );
  }
  const standing = resolve(applicationDir(flags.app), "zoo.yaml");
  const specFile = named === undefined ? (existsSync(standing) ? standing : undefined) : resolve(named);
  const opening = openZoo(flags, {
    ...(specFile === undefined ? {} : { specFile }),
    ...(flags.modelsRoot === undefined ? {} : { modelsRoot: flags.modelsRoot }),
    ...(flags.frozen === undefined ? {} : { frozen: flags.frozen }),
  });
  const zoo = await signals.unless(opening);
  if (zoo === undefined) {
    // Nothing is served or loaded yet, so nothing is waited for.
    if (!flags.json) process.stderr.write("Stopping.\n");
    endAtOnce(0);
  }
  const { host, port } = flags;
  await serveZoo(
    zoo,
    {
      host,
      port,
      token,
      maxBodyBytes: flags.maxBodyMb * 2 ** 20,
      shutdownDelayMs: flags.shutdownDelayS * 1000,
      drainMs: flags.drainS * 1000,
      json: flags.json === true,
    },
    signals,
  );
}
