import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PatientApplication } from "./zoo-process.ts";

let app: PatientApplication;
beforeAll(async () => {
  app = await PatientApplication.create();
  const spec = JSON.parse(await readFile(join(app.dir, "node_modules/patient/models/quick.yaml"), "utf8"));
  const local_artifacts = [
    { name: "a", path: "quick/a" },
    { name: "b", path: "quick/deep/b" },
  ];
  await app.write("node_modules/patient/models/quick.yaml", JSON.stringify({ ...spec, local_artifacts }));
  await app.write("zoo.yaml", JSON.stringify({ zoo_name: "t" }));
  await app.write("models/quick/a", "weights");
  await app.write("models/quick/deep/b", "more weights");
});
afterAll(() => app[Symbol.asyncDispose]());

async function zoo(root: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const command = app.zoo(args, { DP_MODELS_ROOT: join(app.dir, root) });
  const { code } = await command.ended;
  return { code, out: command.out, err: command.err };
}

test("a locked model is carried to another folder in one file, and a changed file brings nothing", async () => {
  const archive = join(app.dir, "models.tar");
  const early = await zoo("models", "bundle", "export", "--out", archive);
  expect([early.code, early.err]).toEqual([
    1,
    expect.stringContaining("locks no model. Write it with `zoo pull MODEL`"),
  ]);
  expect((await zoo("models", "lock", "quick")).code).toBe(0);
  const made = await zoo("models", "bundle", "export", "--out", archive, "--json");
  expect(JSON.parse(made.out)).toMatchObject({
    models: ["quick"],
    files: 2,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  const again = await zoo("models", "bundle", "export", "--out", archive);
  expect(again.out).toContain(`On the other machine: zoo bundle import ${basename(archive)}\n`);
  const brought = await zoo("elsewhere", "bundle", "import", archive);
  expect([brought.code, brought.out]).toEqual([0, expect.stringContaining("2 of 2 files were new")]);
  expect(await readFile(join(app.dir, "elsewhere/quick/deep/b"), "utf8")).toBe("more weights");
  expect((await zoo("elsewhere", "verify", "quick")).code).toBe(0);
  const twice = await zoo("elsewhere", "bundle", "import", archive, "--json");
  expect(JSON.parse(twice.out)).toMatchObject({ written: 0, files: 2, models_root: join(app.dir, "elsewhere") });
  const bytes = await readFile(archive);
  bytes[bytes.indexOf("more weights")] = 0;
  await writeFile(archive, bytes);
  const refused = await zoo("third", "bundle", "import", archive);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("Nothing was written.")]);
  await expect(readFile(join(app.dir, "third/quick/a"))).rejects.toThrow();
});

test("a model's files are signed and verified by key, and a changed one is told by its name", async () => {
  const [key, pub] = [join(app.dir, "signing.key"), join(app.dir, "signing.pub")];
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await writeFile(key, pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(pub, pair.publicKey.export({ type: "spki", format: "pem" }));
  const folder = join(app.dir, "models/quick");
  const signature = join(folder, "model.sig");
  expect((await zoo("models", "sign", folder, "--key", key)).out).toContain("signed 2 files");
  for (const what of ["quick", folder])
    expect(await zoo("models", "verify", what, "--signature", signature, "--key", pub)).toMatchObject({ code: 0 });
  const nobody = await zoo("models", "verify", "quick", "--signature", signature);
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining("Say whom the signature is believed by")]);
  const unnamed = await zoo("models", "verify", "quick", "--key", pub);
  expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining("name it with --signature")]);
  await app.write("models/quick/a", "weightz");
  const changed = await zoo("models", "verify", "quick", "--signature", signature, "--key", pub);
  expect([changed.code, changed.err]).toEqual([1, expect.stringMatching(/signature_invalid: .* a is changed since/)]);
});
