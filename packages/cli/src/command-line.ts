import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeFolder } from "@menagerie/core/loader";

export const root: string = fileURLToPath(new URL("../../..", import.meta.url));
const main = join(root, "packages/cli/src/main.ts");
export const pizza: string = join(root, "packages/demo/artifacts/emoji-clip/golden/pizza.png");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The real command line over this workspace's plugins, in a folder of its own, for tests. */
export class CommandLine {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<CommandLine> {
    return new CommandLine(await mkdtemp(join(tmpdir(), "menagerie-cli-")));
  }

  remove(): Promise<void> {
    return removeFolder(this.folder);
  }

  start(args: readonly string[], nodeFlags: readonly string[] = []): ChildProcess {
    const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(this.folder, "cache") };
    const flags = ["--conditions=menagerie-source", ...nodeFlags];
    return spawn(process.execPath, [...flags, main, "--app", root, ...args], { cwd: this.folder, env });
  }

  /** Runs a command to its end. */
  run(...args: string[]): Promise<Ended> {
    return ended(this.start(args));
  }
}

/** Feeds a command its standard input, and waits for its end. */
export async function ended(child: ChildProcess, input?: Uint8Array): Promise<Ended> {
  let out = "";
  let err = "";
  child.stdout?.on("data", (data: Buffer) => {
    out += data.toString();
  });
  child.stderr?.on("data", (data: Buffer) => {
    err += data.toString();
  });
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}
