import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packageVersions, versionsBehind } from "./package-versions.ts";
import { TemporaryApplication } from "./temporary-application.ts";

let app: TemporaryApplication;
beforeEach(async () => {
  app = await TemporaryApplication.create();
});
afterEach(() => app[Symbol.asyncDispose]());

/** Writes a package. @returns its folder */
async function install(folder: string, version: string, needs: Record<string, unknown> = {}): Promise<string> {
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  return dirname(await app.write(join(folder, "package.json"), JSON.stringify({ name, version, ...needs })));
}

async function link(from: string, to: string): Promise<void> {
  await app.write(join(dirname(from), ".kept"), "");
  await symlink(join(app.dir, to), join(app.dir, from));
}

describe("the versions behind a plugin", () => {
  test("are those of all that it depends on, peers and what is optional among them, and nothing else", async () => {
    const plugin = await install("node_modules/plugin", "1.0.0", {
      dependencies: { kit: "*" },
      peerDependencies: { core: "*", "not-installed": "*" },
      optionalDependencies: { "kit-linux": "*", "kit-windows": "*" },
      devDependencies: { tester: "*" },
    });
    await install("node_modules/kit", "2.0.0", { dependencies: { "@pixels/sharp": "*" } });
    await install("node_modules/@pixels/sharp", "3.0.0");
    await install("node_modules/core", "4.0.0");
    await install("node_modules/kit-linux", "5.0.0");
    await install("node_modules/tester", "6.0.0");
    await install("node_modules/neighbour", "7.0.0");
    const versions = await packageVersions([plugin]);
    expect(versions).toEqual({
      "@pixels/sharp": "3.0.0",
      core: "4.0.0",
      kit: "2.0.0",
      "kit-linux": "5.0.0",
      plugin: "1.0.0",
    });
    expect(Object.keys(versions)).toEqual(Object.keys(versions).toSorted());
  });

  test("tell nested copies apart, and which package uses which", async () => {
    const both = { dependencies: { a: "*", b: "*" } };
    const plugin = await install("node_modules/plugin", "1.0.0", both);
    await install("node_modules/a", "1.0.0", { dependencies: { x: "^1" } });
    await install("node_modules/b", "1.0.0", { dependencies: { x: "^2" } });
    await install("node_modules/x", "1.5.0");
    await install("node_modules/b/node_modules/x", "2.5.0");
    const versions = await packageVersions([plugin]);
    expect(versions.x).toEqual({ "1.5.0": ["a@1.0.0"], "2.5.0": ["b@1.0.0"] });
    await install("node_modules/x", "2.5.0");
    await install("node_modules/b/node_modules/x", "1.5.0");
    expect((await packageVersions([plugin])).x).toEqual({ "1.5.0": ["b@1.0.0"], "2.5.0": ["a@1.0.0"] });
    await install("node_modules/b/node_modules/x", "2.5.0");
    expect((await packageVersions([plugin])).x).toBe("2.5.0");
  });

  test("end where packages depend on each other", async () => {
    const plugin = await install("node_modules/plugin", "1.0.0", { dependencies: { a: "*" } });
    await install("node_modules/a", "1.0.0", { dependencies: { b: "*", a: "*" } });
    await install("node_modules/b", "2.0.0", { peerDependencies: { a: "*", plugin: "*" } });
    expect(await packageVersions([plugin, plugin])).toEqual({ a: "1.0.0", b: "2.0.0", plugin: "1.0.0" });
  });

  test("are found from each package's real folder where packages are links into a store", async () => {
    const store = "node_modules/.pnpm";
    const plugin = `${store}/plugin@1.0.0/node_modules/plugin`;
    await install(plugin, "1.0.0", { dependencies: { kit: "*" }, peerDependencies: { core: "*" } });
    await install(`${store}/kit@2.0.0/node_modules/kit`, "2.0.0", { dependencies: { sharp: "*" } });
    await install(`${store}/sharp@3.0.0/node_modules/sharp`, "3.0.0");
    await install(`${store}/core@4.0.0/node_modules/core`, "4.0.0");
    await install("node_modules/kit", "9.9.9");
    await link(`${store}/plugin@1.0.0/node_modules/kit`, `${store}/kit@2.0.0/node_modules/kit`);
    await link(`${store}/plugin@1.0.0/node_modules/core`, `${store}/core@4.0.0/node_modules/core`);
    await link(`${store}/kit@2.0.0/node_modules/sharp`, `${store}/sharp@3.0.0/node_modules/sharp`);
    await link("node_modules/plugin", plugin);
    expect(await packageVersions([join(app.dir, "node_modules/plugin")])).toEqual({
      core: "4.0.0",
      kit: "2.0.0",
      plugin: "1.0.0",
      sharp: "3.0.0",
    });
  });

  test("are the same wherever the packages lie, hoisted or not, and whatever is asked first", async () => {
    const a = await install("node_modules/a", "1.0.0", { dependencies: { c: "*" } });
    const b = await install("node_modules/b", "1.0.0", { dependencies: { c: "*" } });
    await install("node_modules/c", "1.0.0", { dependencies: { d: "*" } });
    await install("node_modules/d", "1.0.0");
    const hoisted = await packageVersions([a, b]);
    const elsewhere = await mkdtemp(join(tmpdir(), "menagerie-copied-"));
    try {
      for (const [name, inside] of Object.entries({ a: "", b: "", c: "b/node_modules", d: "b/node_modules" }))
        await cp(join(app.dir, "node_modules", name), join(elsewhere, "node_modules", inside, name), {
          recursive: true,
        });
      await cp(join(app.dir, "node_modules/c"), join(elsewhere, "node_modules/a/node_modules/c"), { recursive: true });
      await cp(join(app.dir, "node_modules/d"), join(elsewhere, "node_modules/a/node_modules/d"), { recursive: true });
      const nested = ["b", "a"].map((name) => join(elsewhere, "node_modules", name));
      expect(JSON.stringify(await packageVersions(nested))).toBe(JSON.stringify(hoisted));
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test("say of a package that is damaged that it is, and leave nothing else out for it", async () => {
    const plugin = await install("node_modules/plugin", "1.0.0", { dependencies: { broken: "*", old: "*", kit: "*" } });
    await app.write("node_modules/broken/package.json", '{ "name": "broken", "vers');
    await app.write("node_modules/old/package.json", '{ "name": "old", "version": "0.1.0", "dependencies": [] }');
    await install("node_modules/kit", "2.0.0");
    expect(await packageVersions([plugin])).toEqual({
      broken: "unreadable",
      kit: "2.0.0",
      old: "0.1.0",
      plugin: "1.0.0",
    });
    expect(await packageVersions([join(app.dir, "nowhere")])).toEqual({ nowhere: "unreadable" });
  });

  test("are core's too, whatever the plugin says, and are found from the files that a runner imports", async () => {
    const plugin = await install("node_modules/plugin", "1.0.0", { dependencies: { kit: "*" } });
    await install("node_modules/kit", "2.0.0");
    // Says of its files what they are, and is no package.
    await app.write("node_modules/plugin/dist/package.json", '{ "type": "module" }');
    const module = { name: "plugin", version: "1.0.0", entry: join(plugin, "dist/index.js") };
    const versions = await versionsBehind([module]);
    expect(versions).toMatchObject({ plugin: "1.0.0", kit: "2.0.0", "@menagerie/core": expect.any(String) });
    expect(versions).toHaveProperty("zod");
  });
});
