import { describe, expect, test, vi } from "vitest";
import type { ModelError } from "../contract/model-error.ts";
import { createZoo, type ZooOptions } from "./create-zoo.ts";
import type { LocalZoo, ZooEvent } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

const answering = `tasks = { "score-image": () => ({ score: 1, best: 0, worst: 100 }) };`;
const body = `${answering} async open() { if (this.spec.parameters.fails) throw new Error("no such luck"); return {}; }`;
const input = { image: new Uint8Array([1]) };

interface Setting {
  readonly spec?: object;
  readonly models?: Readonly<Record<string, object>>;
}

/** A zoo of plugins with one model each, all of the role `image_quality`. */
async function withZoo(
  { spec = {}, models = { a: {}, b: {} } }: Setting,
  use: (zoo: LocalZoo) => Promise<void>,
): Promise<void> {
  const plugins = Object.entries(models).map(([name, more]) => [
    `plugin-${name}`,
    scriptedPlugin(`plugin-${name}`, name, body, more as Record<string, unknown>),
  ]);
  await using app = await TemporaryApplication.create(Object.fromEntries(plugins));
  const options = { appDir: app.dir, spec: { runner: "inline", ...spec } } as ZooOptions;
  await using zoo = await createZoo(options);
  await use(zoo);
}

const statusOf = (zoo: LocalZoo, name: string) => zoo.status().models.find(({ model }) => model === name);
const codeOf = (go: () => unknown): string => {
  try {
    go();
    return "no error";
  } catch (error) {
    return (error as ModelError).code;
  }
};

describe("a role", () => {
  test("means the only model that has it, and another precision of that model stands behind it", async () => {
    const variants = { int8: { paths: {} } };
    await withZoo({ models: { a: { variants, engine: "js" } } }, async (zoo) => {
      expect(zoo.models.map(({ model_name }) => model_name)).toEqual(["a", "a-int8"]);
      expect(zoo.find("image_quality").model_name).toBe("a");
    });
    const models = [{ model: "a-int8" }];
    await withZoo({ models: { a: { variants } }, spec: { models } }, async (zoo) => {
      expect(zoo.find("image_quality").model_name).toBe("a-int8");
    });
  });

  test("of several models is told as that, with the models and the line to write", async () => {
    await withZoo({}, async (zoo) => {
      expect(() => zoo.find("image_quality")).toThrow(
        expect.objectContaining({
          code: "role_ambiguous",
          message:
            '2 models have the role "image_quality": a, b. Name one, or bind the role in the zoo spec: roles: { image_quality: a }',
        }),
      );
      await expect(zoo.run("image_quality", "score-image", input)).rejects.toMatchObject({ code: "role_ambiguous" });
    });
  });

  test("means what the zoo spec binds it to, whatever is installed besides; an alias is a name of one's own", async () => {
    const spec = { roles: { image_quality: "b" }, aliases: { "judge-2": "a" } };
    await withZoo({ spec }, async (zoo) => {
      expect([zoo.find("image_quality").model_name, zoo.find("judge-2").model_name]).toEqual(["b", "a"]);
      expect(zoo.status()).toMatchObject({ health: "healthy", bindings: { image_quality: "b", "judge-2": "a" } });
      expect((await zoo.run("judge-2", "score-image", input)).models_used[0]?.model_name).toBe("a");
    });
  });

  test.each([
    [
      { roles: { image_quality: "bb" } },
      /"image_quality" is bound to "bb", which is not in the zoo\. Bind it to another model/,
    ],
    [{ roles: { image_qualty: "b" } }, /binds the role "image_qualty".*Did you mean "image_quality"\?/],
    [{ models: [{ model: "a" }], roles: { image_quality: "b" } }, /"b", which is not in the zoo/],
  ])("that is bound to what is not there is a problem, and nothing is put in its place: %j", async (spec, message) => {
    await withZoo({ spec }, async (zoo) => {
      expect(zoo.problems.map((problem) => problem.message).join()).toMatch(message);
      expect(zoo.status().health).toBe("degraded");
      if ("image_quality" in spec.roles) expect(codeOf(() => zoo.find("image_quality"))).toBe("model_not_found");
    });
  });

  test.each([
    [{ aliases: { a: "b" } }, /alias "a", which is a model's own name/],
    [{ aliases: { image_quality: "b" } }, /alias "image_quality", which is a role.*under "roles"/],
    [{ rols: {} }, /unknown key "rols" \(did you mean "roles"\?\)/],
  ])("and an alias that would hide another name is refused: %j", async (spec, message) => {
    await expect(withZoo({ spec }, async () => {})).rejects.toMatchObject({
      code: "zoo_spec_invalid",
      message: expect.stringMatching(message),
    });
  });
});

describe("a role that is moved while the zoo runs", () => {
  const kept = { model: "image_quality", cache_policy: "keep_warm", priority: "critical", required: true };

  test("takes its keeping along: the new model is loaded first, and the old one may go", async () => {
    // Room for one of them alone.
    const spec = { roles: { image_quality: "a" }, models: [kept, { model: "b" }], memory_mb: { cpu: 150 } };
    await withZoo({ spec }, async (zoo) => {
      const events: ZooEvent[] = [];
      zoo.onEvent((event) => events.push(event));
      expect(await zoo.warm()).toEqual([]);
      expect(statusOf(zoo, "a")).toMatchObject({
        state: "ready",
        keep_warm: true,
        priority: "critical",
        required: true,
      });
      await zoo.bind("image_quality", "b");
      expect(zoo.find("image_quality").model_name).toBe("b");
      expect(statusOf(zoo, "b")).toMatchObject({
        state: "ready",
        keep_warm: true,
        priority: "critical",
        required: true,
      });
      expect(statusOf(zoo, "a")).toMatchObject({
        state: "cold",
        keep_warm: false,
        priority: "medium",
        required: false,
      });
      expect(events).toContainEqual({ type: "bound", name: "image_quality", model: "b", before: "a" });
      await zoo.bind("image_quality", "a");
      expect([statusOf(zoo, "a")?.keep_warm, statusOf(zoo, "b")?.keep_warm]).toEqual([true, false]);
    });
  });

  test("stays where it is, kept as before, when the new model cannot be loaded", async () => {
    const spec = { roles: { image_quality: "a" }, models: [kept, { model: "b" }] };
    await withZoo({ spec, models: { a: {}, b: { parameters: { fails: true } } } }, async (zoo) => {
      await zoo.warm();
      await expect(zoo.bind("image_quality", "b")).rejects.toMatchObject({ code: "model_load_failed" });
      expect(zoo.find("image_quality").model_name).toBe("a");
      expect(statusOf(zoo, "a")).toMatchObject({ state: "ready", keep_warm: true, required: true });
      expect(statusOf(zoo, "b")).toMatchObject({ keep_warm: false, required: false });
    });
  });

  test("takes its keep-alive along, which the model that is left has no more", async () => {
    const models = [{ model: "image_quality", keep_alive_s: 0 }, { model: "b" }];
    await withZoo({ spec: { models, roles: { image_quality: "a" } } }, async (zoo) => {
      const isCold = async (name: string): Promise<void> =>
        await vi.waitFor(() => expect(statusOf(zoo, name)?.state).toBe("cold"));
      for (const name of ["a", "b"]) await zoo.run(name, "score-image", input);
      await isCold("a");
      expect(statusOf(zoo, "b")?.state).toBe("ready");
      await zoo.bind("image_quality", "b");
      for (const name of ["a", "b"]) await zoo.run(name, "score-image", input);
      await isCold("b");
      expect(statusOf(zoo, "a")?.state).toBe("ready");
    });
  });

  test("leaves a model what its own line says", async () => {
    const own = { model: "b", priority: "high", required: true };
    const spec = { roles: { image_quality: "a" }, models: [{ ...kept, required: false }, own] };
    await withZoo({ spec }, async (zoo) => {
      await zoo.bind("image_quality", "b");
      expect(statusOf(zoo, "b")).toMatchObject({ keep_warm: true, priority: "critical", required: true });
      await zoo.bind("image_quality", "a");
      expect(statusOf(zoo, "b")).toMatchObject({ keep_warm: false, priority: "high", required: true });
    });
  });

  test("and one that was ambiguous is no more; several moves at once come one after the other", async () => {
    await withZoo({ models: { a: {}, b: {}, c: {} } }, async (zoo) => {
      await Promise.all(["a", "c", "b"].map((model) => zoo.bind("image_quality", model)));
      expect(zoo.find("image_quality").model_name).toBe("b");
      await zoo.bind("champion", "c");
      expect(zoo.find("champion").model_name).toBe("c");
      await expect(zoo.bind("a", "b")).rejects.toMatchObject({ code: "input_invalid" });
      await expect(zoo.bind("champion", "d")).rejects.toMatchObject({ code: "model_not_found" });
    });
  });
});

test("what is wrong with a spec that is an object cites no file", async () => {
  await withZoo({ spec: { roles: { image_qualty: "b" } } }, async (zoo) => {
    expect(zoo.problems[0]?.message).toMatch(/^The zoo spec binds the role "image_qualty"/);
  });
  for (const spec of [{ aliases: { a: "b" } }, { models: [{ model: "a" }, { model: "a" }] }, { rols: {} }])
    await expect(withZoo({ spec }, async () => {})).rejects.toThrow(/^The zoo spec (?:has|lists|is)/);
});

test("a role or alias that is misspelt is not bound as a new one; a name of its own is", async () => {
  await withZoo({ spec: { aliases: { champion: "a", "judge-1": "a", "judge-b": "a" } } }, async (zoo) => {
    const before = zoo.status().bindings;
    for (const [slip, near] of [
      ["image_qualty", "image_quality"],
      ["image-quality", "image_quality"],
      ["imagequality", "image_quality"],
      ["champoin", "champion"],
      ["jugde-1", "judge-1"],
    ] as const)
      await expect(zoo.bind(slip, "b")).rejects.toMatchObject({
        code: "input_invalid",
        message: expect.stringContaining(`Did you mean "${near}"?`),
      });
    expect(zoo.status().bindings).toEqual(before);
    const own = ["image_quality", "champion", "champion-new", "champion2", "judge-2", "judge-c", "favourite"];
    for (const name of own) await zoo.bind(name, "b");
    expect(zoo.status().bindings).toMatchObject(Object.fromEntries(own.map((name) => [name, "b"])));
  });
});

describe("the health of a zoo whose models come and go", () => {
  const told = (zoo: LocalZoo) => ({
    health: zoo.status().health,
    problems: zoo.problems.map(({ message }) => message),
  });

  test("is bad while a required model is removed, and good again once it is back, kept as its line says", async () => {
    const models = [{ model: "a", required: true, priority: "high" }, { model: "b" }];
    await withZoo({ spec: { models } }, async (zoo) => {
      const spec = zoo.find("a");
      await zoo.remove("a", { force: true });
      expect(told(zoo)).toEqual({
        health: "unhealthy",
        problems: ["a is required, and was removed from the zoo. Add it again."],
      });
      expect(zoo.status().problems).toMatchObject([{ code: "model_not_found", model: "a" }]);
      zoo.add({ ...spec, plugin: "plugin-a" }, "a.yaml");
      expect(told(zoo)).toEqual({ health: "healthy", problems: [] });
      expect(statusOf(zoo, "a")).toMatchObject({ required: true, priority: "high" });
    });
  });

  test("is bad while a required role has no model, and good once it is bound to another", async () => {
    const models = [{ model: "image_quality", required: true }, { model: "b" }];
    await withZoo({ spec: { models, roles: { image_quality: "a" } } }, async (zoo) => {
      await zoo.remove("a", { force: true });
      expect(told(zoo).health).toBe("unhealthy");
      expect(told(zoo).problems).toMatchObject([
        expect.stringContaining('"image_quality" is bound to "a", which is not'),
      ]);
      await zoo.bind("image_quality", "b");
      expect(told(zoo)).toEqual({ health: "healthy", problems: [] });
    });
  });

  test("is degraded while an alias means a model that was removed", async () => {
    await withZoo({ spec: { aliases: { champion: "b" } } }, async (zoo) => {
      await zoo.remove("b");
      expect(told(zoo).health).toBe("degraded");
      expect(told(zoo).problems.join()).toContain('"champion" is bound to "b", which is not in the zoo');
      await zoo.register({ name: "b", load: () => 1 });
      expect(told(zoo)).toEqual({ health: "healthy", problems: [] });
    });
  });

  test("is good without a model that was not required", async () => {
    await withZoo({}, async (zoo) => {
      await zoo.remove("a");
      expect(told(zoo)).toEqual({ health: "healthy", problems: [] });
    });
  });
});

describe("a model that comes to a running zoo", () => {
  const load = (): object => ({});
  const refusal = (message: RegExp) =>
    expect.objectContaining({ code: "model_duplicate", message: expect.stringMatching(message) });

  test("does not take over what an alias or a role means, however it comes", async () => {
    await withZoo({ models: { a: {}, b: { role: "judge" } }, spec: { aliases: { old: "a" } } }, async (zoo) => {
      await zoo.bind("champ", "a");
      for (const [name, said] of [
        ["champ", /"champ" is an alias in the zoo, bound to a; .* another name, and bind "champ" to it/],
        ["old", /"old" is an alias/],
        ["judge", /"judge" is a role in the zoo, which b has/],
      ] as const) {
        await expect(zoo.register({ name, load }), name).rejects.toEqual(refusal(said));
        expect(() => zoo.add({ ...zoo.find("b"), model_name: name, plugin: "plugin-b" }, "new.yaml"), name).toThrow(
          refusal(said),
        );
      }
      expect(["champ", "old", "judge"].map((name) => zoo.find(name).model_name)).toEqual(["a", "a", "b"]);
      expect(zoo.models).toHaveLength(2);
    });
  });

  test("may be registered and bound under the alias then, and replaced under its own name", async () => {
    await withZoo({}, async (zoo) => {
      await zoo.bind("champ", "a");
      await zoo.register({ name: "c", load });
      await zoo.bind("champ", "c");
      expect(zoo.find("champ").model_name).toBe("c");
      zoo.add({ ...zoo.find("b"), model_version: "2", plugin: "plugin-b" }, "new.yaml");
      expect(zoo.find("b").model_version).toBe("2");
    });
  });
});

test("a model that is leaving has its name until it is gone: no alias takes what it is served by again", async () => {
  await withZoo({}, async (zoo) => {
    const lease = await zoo.get("b");
    const removed = zoo.remove("b", { deadlineMs: 100 });
    await expect(zoo.bind("b", "a")).rejects.toMatchObject({ code: "input_invalid" });
    await expect(removed).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect([(await zoo.run("b", "score-image", input)).model, zoo.status().bindings]).toEqual(["b", {}]);
    await lease[Symbol.asyncDispose]();
    await zoo.remove("b");
    await zoo.bind("b", "a");
    expect(zoo.find("b").model_name).toBe("a");
  });
});

test("a binding that waits behind another hears its own deadline and signal, and changes nothing once its caller has left", async () => {
  const models = [{ model: "image_quality", cache_policy: "keep_warm" }, { model: "b" }];
  await withZoo({ spec: { models, roles: { image_quality: "a" } } }, async (zoo) => {
    const gate = Promise.withResolvers<object>();
    await zoo.register({ name: "slow", load: () => gate.promise });
    const slow = zoo.bind("image_quality", "slow");
    const leaving = new AbortController();
    const left = zoo.bind("champion", "b", { signal: leaving.signal });
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "cancelled" });
    await expect(zoo.bind("champion", "b", { deadlineMs: 5 })).rejects.toMatchObject({
      code: "deadline_exceeded",
      message: expect.stringContaining("waited for the binding before its own"),
    });
    const third = zoo.bind("runner_up", "b");
    gate.resolve({});
    await Promise.all([slow, third]);
    expect(zoo.status().bindings).toMatchObject({ image_quality: "slow", runner_up: "b" });
    expect(codeOf(() => zoo.find("champion"))).toBe("model_not_found");
  });
});

test("a binding for which nothing is loaded judges its options all the same", async () => {
  await withZoo({}, async (zoo) => {
    const wrongs: [object, string][] = [
      [{ deadlineMs: Number.NaN }, "input_invalid"],
      [{ priority: "hgh" }, "input_invalid"],
      [{ signal: AbortSignal.abort() }, "cancelled"],
      [{ deadlineMs: 0 }, "deadline_exceeded"],
    ];
    for (const [options, code] of wrongs)
      await expect(zoo.bind("champion", "b", options)).rejects.toMatchObject({ code });
    expect(codeOf(() => zoo.find("champion"))).toBe("model_not_found");
  });
});
