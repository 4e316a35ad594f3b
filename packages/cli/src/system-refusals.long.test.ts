import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { mainFile, PatientApplication } from "./zoo-process.ts";

// Each of these starts processes, which take their time on a machine that does other things as well.
vi.setConfig({ testTimeout: 90_000 });

let app: PatientApplication;
beforeAll(async () => {
  app = await PatientApplication.create();
  await chmod(app.dir, 0o755);
  await app.write("a.png", "x");
  await app.write("file", "no folder");
});
afterAll(() => app[Symbol.asyncDispose]());

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param before commands of bash, or programs that start the command */
function zoo(before: string, args: string): Said {
  const line = `${before} "${process.execPath}" --conditions=menagerie-source "${mainFile}" ${args}`;
  const env = { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MENAGERIE_CACHE: join(app.dir, "cache") };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line], { cwd: app.dir, env });
  const said = { code: status, out: stdout.toString(), err: stderr.toString() };
  expect(`${said.out}${said.err}`).not.toMatch(/\bat .*\.[tj]s:\d+/);
  return said;
}

/** A command as a user that no passwd has. */
const stranger = "setpriv --reuid 54321 --regid 54321 --clear-groups";
const canBeStranger = spawnSync("bash", ["-c", `${stranger} true`]).status === 0;
const canMount = spawnSync("unshare", ["--mount", "true"]).status === 0;

describe("zoo tells what the operating system refuses as what it is:", () => {
  test("too many open files", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `plugin-${i}`);
    const dependencies = Object.fromEntries(names.map((name) => [name, "*"]));
    await app.write("many/package.json", JSON.stringify({ dependencies }));
    for (const name of names) await app.write(`many/node_modules/${name}/package.json`, JSON.stringify({ name }));
    const { code, out, err } = zoo("ulimit -n 27;", `--app "${app.dir}/many" run clip a.png`);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(
      /^error system_error: .*too many files are open in this process \(EMFILE\)\. Raise the limit: ulimit -n \(now 27\)\.\n$/,
    );
  });

  test.skipIf(!canBeStranger)("a plugin that may not be read", async () => {
    await mkdir(join(app.dir, "locked/node_modules/patient"), { recursive: true });
    await app.write("locked/package.json", JSON.stringify({ dependencies: { patient: "*" } }));
    await app.write("locked/node_modules/patient/package.json", JSON.stringify({ name: "patient" }));
    await chmod(join(app.dir, "locked/node_modules/patient/package.json"), 0o600);
    const { out } = zoo(stranger, `--app "${app.dir}/locked" ls`);
    expect(out).toMatch(
      /^No models: what would have them could not be read\.\nproblem system_error: .*patient\/package\.json cannot be read: this user \(uid 54321\) has no permission \(EACCES\)/,
    );
    expect(out).not.toContain("Install a plugin");
  });

  test("a damaged package.json, and an application that is not there", async () => {
    await app.write("damaged/package.json", '{ "name": "app", ');
    expect(zoo("", `--app "${app.dir}/damaged" ls`).out).toMatch(/problem plugin_invalid: .*package\.json is damaged/);
    expect(zoo("", `--app "${app.dir}/nowhere" ls`).out).toMatch(/problem plugin_invalid: .*nowhere cannot be read/);
  });

  test.skipIf(!canBeStranger)("a user without a home, who needs none to list and to ask", async () => {
    const cache = `MENAGERIE_CACHE="${app.dir}/strange"`;
    await mkdir(join(app.dir, "strange"));
    await chmod(join(app.dir, "strange"), 0o777);
    for (const environment of ["", "HOME=/", "HOME="]) {
      const { code, out, err } = zoo(`env -i ${environment} ${cache} ${stranger}`, `--app "${app.dir}" ls`);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toContain("quick");
    }
    const answer = zoo(`env -i ${cache} ${stranger}`, `--app "${app.dir}" run quick a.png --json`);
    expect([answer.code, answer.err]).toEqual([0, ""]);
  });

  test("a cache folder that cannot be made, which is only a cache: the answer comes all the same", () => {
    const run = `--app "${app.dir}" run quick a.png`;
    for (const cache of [`${app.dir}/file`, `${app.dir}/file/x`])
      expect(zoo(`MENAGERIE_CACHE="${cache}"`, run)).toMatchObject({ code: 0, err: "" });
    const readOnly = `mkdir -p mounted; unshare --mount bash -c 'mount -t tmpfs -o ro tmpfs mounted; MENAGERIE_CACHE=mounted/new/cache exec "$@"' bash`;
    if (canMount) expect(zoo(readOnly, run)).toMatchObject({ code: 0, err: "" });
  });

  test.skipIf(!canBeStranger)(
    "input that may not be read, output that may not be written, and a spec of either kind",
    async () => {
      await writeFile(join(app.dir, "secret.png"), "x", { mode: 0o600 });
      await writeFile(join(app.dir, "secret.yaml"), "{}", { mode: 0o600 });
      const said = (args: string): string => zoo(stranger, `--app "${app.dir}" ${args}`).err;
      expect(said("run quick secret.png")).toMatch(
        /^error system_error: secret\.png cannot be read: this user .* has no permission \(EACCES\)/,
      );
      expect(said("serve secret.yaml")).toMatch(/^error system_error: .*secret\.yaml cannot be read: .*EACCES/);
      expect(said("run quick gone.png")).toMatch(
        /^error input_invalid: gone\.png cannot be read: there is no such file/,
      );
      expect(said("serve gone.yaml")).toMatch(
        /^error zoo_spec_invalid: .*gone\.yaml cannot be read: there is no such file/,
      );
    },
  );
});
