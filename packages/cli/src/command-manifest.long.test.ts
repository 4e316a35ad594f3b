import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PatientApplication } from "./zoo-process.ts";

let app: PatientApplication;
beforeAll(async () => {
  app = await PatientApplication.create();
  await app.write("photo.jpg", "x");
  const profiles = { small: { memory_mb: { cpu: 200 }, models: [{ model: "quick" }] } };
  await app.write("zoo.yaml", JSON.stringify({ zoo_name: "t", profiles }));
});
afterAll(() => app[Symbol.asyncDispose]());

async function zoo(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const command = app.zoo(args, env);
  const { code } = await command.ended;
  return { code, out: command.out, err: command.err };
}

test("a manifest is written before a run and after it, as JSON and as an ML-BOM", async () => {
  const before = JSON.parse((await zoo({}, "manifest", "quick", "--load")).out);
  const used = join(app.dir, "used.json");
  expect((await zoo({}, "run", "quick", join(app.dir, "photo.jpg"), "--manifest", used)).code).toBe(0);
  const after = JSON.parse(await readFile(used, "utf8"));
  expect(after.models_used).toMatchObject([
    { model_name: "quick", device: "cpu", model_signature: before.models[0].model_signature },
  ]);
  expect(before.roles.quick_role.model_signature).toBe(after.models_used[0].model_signature);
  const bom = join(app.dir, "bom.json");
  expect(await zoo({}, "manifest", "--format", "cyclonedx", "-o", bom)).toMatchObject({ code: 0, out: "" });
  expect(JSON.parse(await readFile(bom, "utf8"))).toMatchObject({
    bomFormat: "CycloneDX",
    metadata: { component: { name: "t" } },
  });
}, 60_000);

test("a profile composes another zoo, by flag or by variable; one that there is not is an error", async () => {
  const models = async (env: Record<string, string>, ...flags: string[]): Promise<string[]> =>
    JSON.parse((await zoo(env, "ls", "--json", ...flags)).out).models.map(({ model }: { model: string }) => model);
  expect(await models({})).toContain("slow");
  expect(await models({}, "--profile", "small")).toEqual(["quick"]);
  expect(await models({ MENAGERIE_PROFILE: "small" })).toEqual(["quick"]);
  expect((await zoo({}, "ls", "--profile", "smal")).err).toMatch(
    /zoo_spec_invalid: .*no profile "smal"\. Did you mean "small"/,
  );
  expect((await zoo({ MENAGERIE_FROZEN: "1" }, "lock")).err).toMatch(/outside_lock: MENAGERIE_FROZEN is set/);
}, 60_000);
