import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PatientApplication } from "./zoo-process.ts";

let app: PatientApplication;
const weights = "weights";
beforeAll(async () => {
  app = await PatientApplication.create();
  const spec = JSON.parse(await readFile(join(app.dir, "node_modules/patient/models/quick.yaml"), "utf8"));
  const local_artifacts = [
    { name: "a", path: "quick/a" },
    { name: "b", path: "quick/b", digest: `md5:${createHash("md5").update(weights).digest("hex")}` },
  ];
  await app.write("node_modules/patient/models/quick.yaml", JSON.stringify({ ...spec, local_artifacts }));
  await app.write(
    "node_modules/patient/models/away.yaml",
    JSON.stringify({ ...spec, model_name: "away", local_artifacts: [{ name: "a", path: "away" }] }),
  );
  await app.write("zoo.yaml", JSON.stringify({ zoo_name: "t" }));
  await app.write("models/quick/a", weights);
  await app.write("models/quick/b", weights);
  await app.write("photo.jpg", "x");
});
afterAll(() => app[Symbol.asyncDispose]());

async function zoo(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const env = { DP_MODELS_ROOT: join(app.dir, "models"), MENAGERIE_FROZEN: "" };
  const command = app.zoo(args, env);
  const { code } = await command.ended;
  return { code, out: command.out, err: command.err };
}

test("what lies there is locked, verified and asked frozen; one flipped byte, an unlocked model and another plugin are refused by name", async () => {
  const frozen = ["run", "quick", join(app.dir, "photo.jpg"), "--frozen"];
  expect(await zoo(...frozen)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/outside_lock: .*there is no lock at/),
  });

  const unlocked = await zoo("verify", "quick");
  expect([unlocked.code, unlocked.out]).toEqual([
    1,
    expect.stringMatching(/quick +a +unpinned +none[\s\S]*quick +b +ok +md5 \(weak\)/),
  ]);

  const locked = await zoo("lock");
  expect([locked.code, locked.out]).toEqual([
    0,
    expect.stringMatching(
      /quick +new +2[\s\S]*patient 0\.0\.0[\s\S]*written .*zoo\.lock[\s\S]*1 models whose files are not there/,
    ),
  ]);
  const lockFile = join(app.dir, "zoo.lock");
  const sha256 = createHash("sha256").update(weights).digest("hex");
  const text = await readFile(lockFile, "utf8");
  expect(JSON.parse(text).models.find(({ model }: { model: string }) => model === "quick").artifacts).toEqual([
    { name: "a", path: "quick/a", sha256, size_bytes: 7 },
    { name: "b", path: "quick/b", sha256, size_bytes: 7 },
  ]);
  expect((await zoo("lock", "quick")).out).toMatch(/quick +unchanged/);
  expect(await readFile(lockFile, "utf8")).toBe(text);

  const verified = await zoo("verify");
  expect([verified.code, verified.out]).toEqual([0, expect.stringMatching(/ok 2 files, .*1 models are not there/)]);
  expect((await zoo("verify", "--all", "--json")).code).toBe(1);
  expect((await zoo("ls")).out).toMatch(/quick.*yes/);
  expect((await zoo(...frozen)).code).toBe(0);
  expect((await zoo("run", "away", join(app.dir, "photo.jpg"), "--frozen")).err).toMatch(
    /outside_lock: away: the zoo is frozen, and it is not in/,
  );

  await app.write("models/quick/a", "weightZ");
  const changed = await zoo("verify", "--json");
  expect(changed.code).toBe(1);
  expect(JSON.parse(changed.out)).toMatchObject({
    ok: false,
    artifacts: [
      { model: "quick", artifact: "a", state: "mismatch", error: { code: "weights_digest_mismatch" } },
      { state: "ok" },
    ],
  });
  expect((await zoo(...frozen)).err).toMatch(/weights_digest_mismatch: quick/);
  expect((await zoo("lock", "quick")).err).toMatch(
    /weights_digest_mismatch: quick: what is there is not what .*zoo lock quick --update/,
  );
  expect(await readFile(lockFile, "utf8")).toBe(text);
  expect((await zoo("lock", "quick", "--update")).out).toMatch(
    /quick +updated[\s\S]*quick\/a was [0-9a-f]{64}, and is/,
  );
  expect((await zoo(...frozen)).code).toBe(0);

  await app.write("node_modules/patient/extra.js", "1");
  const tampered = await zoo("verify");
  expect([tampered.code, tampered.out]).toEqual([1, expect.stringMatching(/changed patient: 0\.0\.0 has other files/)]);
  expect((await zoo(...frozen)).err).toMatch(/outside_lock: quick: .*patient 0\.0\.0 has other files/);
}, 120_000);
