/** Asks `zoo serve` from a page in a headless Chromium: core and the client as a browser gets them. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { PageServer } from "./page-server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const patienceMs = 120_000;
const wanted = {
  label: "slice of pizza",
  isSigned: true,
  leases: 1,
  refusal: "model_not_found",
  late: "deadline_exceeded",
};

const browser = browserHere();
if (browser === undefined) {
  process.stdout.write(
    "There is no Chromium here, so nothing is asked from a browser. Install one, or name it as CHROME.\n",
  );
  process.exit(0);
}
const folder = await mkdtemp(join(tmpdir(), "menagerie-browser-"));
const ended: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
try {
  const found = await inTime(foundBy(browser));
  process.stdout.write(`${JSON.stringify(found)}\n`);
  const kept = Object.fromEntries(Object.keys(wanted).map((key) => [key, found[key]]));
  if (!isDeepStrictEqual(kept, wanted)) throw new Error(`The page found otherwise than ${JSON.stringify(wanted)}.`);
  process.stdout.write(`A page in ${browser} asked zoo serve, and was answered as it must be.\n`);
} finally {
  for (const end of ended.reverse()) await end();
}

async function foundBy(program: string): Promise<Readonly<Record<string, unknown>>> {
  const zoo = await serve();
  const picture = new Uint8Array(await readFile(join(root, "packages/demo/artifacts/emoji-clip/golden/pizza.png")));
  const page = await PageServer.start(join(root, "tools/browser/page.ts"), picture, zoo);
  ended.push(() => page[Symbol.asyncDispose]());
  // No sandbox within the sandbox of a container, where this user may be root.
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    `--user-data-dir=${folder}/profile`,
  ];
  started(spawn(program, [...flags, page.address], { stdio: ["ignore", "ignore", "ignore"] }));
  return (await page.found) as Readonly<Record<string, unknown>>;
}

/** @returns the zoo's address */
async function serve(): Promise<string> {
  const main = join(root, "packages/cli/src/main.ts");
  const line = [
    "--conditions=menagerie-source",
    main,
    "serve",
    join(root, "packages/demo/zoo.yaml"),
    "--port",
    "0",
    "--json",
  ];
  const server = started(spawn(process.execPath, line, { cwd: root, stdio: ["ignore", "pipe", "inherit"] }));
  const [first] = (await once(server.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return (JSON.parse(first.toString()) as { address: string }).address;
}

/** A process that ends with this one. */
function started(child: ChildProcess): ChildProcess {
  ended.push(async () => {
    const gone = child.exitCode !== null || child.signalCode !== null || once(child, "exit");
    child.kill();
    await gone;
  });
  return child;
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`The page said nothing for ${patienceMs / 1000} s.`)),
    patienceMs,
  );
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

function browserHere(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = [process.env.CHROME ?? "", ...folders.flatMap((folder) => names.map((name) => join(folder, name)))];
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
