import { modelSignature, taskValue, type Zoo } from "@menagerie/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { acts, ScriptedZoo } from "../fixtures/scripted-zoo.ts";
import { ServedZoo } from "./served-zoo.ts";

let served: ScriptedZoo;
let zoo: ServedZoo;
beforeAll(async () => {
  served = await ScriptedZoo.serve({ maxBodyBytes: 100_000 });
  zoo = new ServedZoo(served.address);
});
afterAll(async () => {
  await zoo.close();
  await served[Symbol.asyncDispose]();
});

const image = (act: keyof typeof acts, length = 3): Uint8Array => new Uint8Array(length).fill(acts[act]);
const leases = (): number | undefined => served.zoo.status().models[0]?.leases;

/** A busy machine takes its time. */
const waiting = { timeout: 5_000 };

test("a zoo is asked alike, here and elsewhere: by whoever takes any zoo", async () => {
  const ask = async (any: Zoo): Promise<unknown[]> => {
    const { output, models_used, model_signature, model, task } = await any.run("everything", "score-image", {
      image: image("answer"),
    });
    const names = (await any.models).map(({ model_name }) => model_name);
    return [output, models_used, model_signature, model, task, names, await any.find("scripted")];
  };
  expect(await ask(zoo)).toEqual(JSON.parse(JSON.stringify(await ask(served.zoo))));
});

test("a status says what the host says", async () => {
  const { idle_ms: _, until_ms: __, usage: ___, ...here } = served.zoo.status().models[0] ?? {};
  expect((await zoo.status()).models[0]).toMatchObject(JSON.parse(JSON.stringify(here)));
  expect(await zoo.status()).toMatchObject({ name: "zoo", health: "healthy", problems: [] });
});

test("bytes go and come as bytes, of core's tasks and of a plugin's own", async () => {
  const { output } = await zoo.run("scripted", "estimate-depth", { image: Uint8Array.of(1, 2) });
  expect(output.depth).toEqual(new Uint8Array(new Float32Array([1, 2]).buffer));
  const reverse = taskValue<Items, Items>("reverse-bytes");
  const answer = await zoo.run("scripted", reverse, { items: [{ bytes: Uint8Array.of(1, 2, 3) }] });
  expect(answer.output).toEqual({ items: [{ bytes: Uint8Array.of(3, 2, 1) }] });
  expect((await zoo.tasks).names).toEqual(served.zoo.tasks.names);
});

interface Items {
  items: { bytes: Uint8Array }[];
}

describe("an answer in parts", () => {
  test("comes as a sequence, then whole", async () => {
    const stream = zoo.stream("scripted", "transcribe-audio", { audio: Uint8Array.of(200) });
    const texts: string[] = [];
    for await (const { text } of stream) texts.push(text);
    expect(texts).toHaveLength(200);
    expect((await stream.answer).output.segments).toHaveLength(200);
  });

  test("is given to a listener that is waited for, each part once and in order", async () => {
    const seen: string[] = [];
    await zoo.run(
      "scripted",
      "transcribe-audio",
      { audio: Uint8Array.of(3) },
      {
        onPart: async ({ text }) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          seen.push(text);
        },
      },
    );
    expect(seen).toEqual(["segment 0", "segment 1", "segment 2"]);
  });

  test("of a task in one piece needs no loop", async () => {
    const stream = zoo.stream("scripted", "score-image", { image: image("answer") });
    expect((await stream.answer).output.score).toBe(3);
  });

  test("is withdrawn by whoever leaves the sequence", async () => {
    const stream = zoo.stream("scripted", "transcribe-audio", { audio: Uint8Array.of(200) });
    for await (const _ of stream) break;
    await expect(stream.answer).rejects.toMatchObject({ code: "cancelled" });
  });

  test.each([
    ["throws", (): never => fail("enough")],
    ["rejects with", async (): Promise<never> => fail("enough")],
  ])("ends with what its listener %s", async (_, onPart) => {
    await expect(
      zoo.run("scripted", "transcribe-audio", { audio: Uint8Array.of(3) }, { onPart }),
    ).rejects.toMatchObject({ message: "enough" });
  });
});

describe("what the zoo refuses keeps its code, its model and its details:", () => {
  test.each<[string, () => Promise<unknown>, object]>([
    [
      "a model's refusal",
      () => zoo.run("scripted", "score-image", { image: image("refuse") }),
      { code: "image_undecodable", model: "scripted", details: { bytes: 3 } },
    ],
    ["an input", () => zoo.run("scripted", "score-image", { image: new Uint8Array() }), { code: "input_invalid" }],
    [
      "a model that is not there",
      () => zoo.run("scriptd", "score-image", { image: image("answer") }),
      { code: "model_not_found" },
    ],
    ["a lease on one", () => zoo.get("scriptd"), { code: "model_not_found" }],
    ["a task that is not there", () => zoo.run("scripted", taskValue("no-task"), {}), { code: "task_unknown" }],
    [
      "a task that the model does not answer",
      () => zoo.run("scripted", "embed-text", { text: "a" }),
      { code: "task_unsupported" },
    ],
    [
      "too much",
      () => zoo.run("scripted", "score-image", { image: image("answer", 200_000) }),
      { code: "input_too_large" },
    ],
    [
      "a priority",
      () => zoo.run("scripted", "score-image", { image: image("answer") }, { priority: "urgent" as never }),
      { code: "input_invalid" },
    ],
    [
      "an option",
      () => zoo.run("scripted", "score-image", { image: image("answer") }, { deadlineMS: 5 } as never),
      { code: "input_invalid" },
    ],
    [
      "a deadline",
      () => zoo.run("scripted", "score-image", { image: image("answer") }, { deadlineMs: Number.NaN }),
      { code: "input_invalid" },
    ],
  ])("%s", async (_what, ask, error) => {
    await expect(ask()).rejects.toMatchObject(error);
  });
});

describe("a caller", () => {
  test("that withdraws is let go at once, and the model hears of it", async () => {
    const leaving = new AbortController();
    const asked = zoo.run("scripted", "score-image", { image: image("wait") }, { signal: leaving.signal });
    await vi.waitFor(() => expect(served.zoo.status().models[0]?.running).toBe(1), waiting);
    leaving.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    await vi.waitFor(() => expect(served.zoo.status().models[0]?.running).toBe(0), waiting);
  });

  test.each([0, 0.2, 60])("with a deadline of %d ms is let go by then", async (deadlineMs) => {
    const started = performance.now();
    await expect(zoo.run("scripted", "score-image", { image: image("wait") }, { deadlineMs })).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    expect(performance.now() - started).toBeLessThan(5000);
    await vi.waitFor(() => expect(served.zoo.status().models[0]?.running).toBe(0), waiting);
  });

  test.each([2 ** 40, Number.POSITIVE_INFINITY])("may give a deadline as far as %d ms", async (deadlineMs) => {
    await expect(zoo.run("scripted", "score-image", { image: image("answer") }, { deadlineMs })).resolves.toMatchObject(
      { output: { score: 3 } },
    );
  });

  test("whose task's schema is awaited by another too may leave without it", async () => {
    const fresh = new ServedZoo(served.address);
    const reverse = taskValue<Items, Items>("reverse-bytes");
    const leaving = new AbortController();
    const left = fresh.run("scripted", reverse, { items: [] }, { signal: leaving.signal });
    const stayed = fresh.run("scripted", reverse, { items: [] });
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "cancelled" });
    await expect(stayed).resolves.toMatchObject({ output: { items: [] } });
  });
});

describe("a lease", () => {
  test("keeps the model until it is given back", async () => {
    const lease = await zoo.get("scripted");
    expect(leases()).toBe(1);
    const { model_signature, models_used } = await lease.run("score-image", { image: image("answer") });
    expect(lease.model.modelSignature).toBe(model_signature);
    expect(modelSignature(models_used, lease.model.recipe)).toBe(model_signature);
    await lease[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(leases()).toBe(0), waiting);
    await expect(lease.run("score-image", { image: image("answer") })).rejects.toMatchObject({
      code: "model_not_loaded",
    });
  });

  test("is given back when its client is closed", async () => {
    const other = new ServedZoo(served.address);
    await other.get("scripted");
    expect(leases()).toBe(1);
    await other.close();
    await vi.waitFor(() => expect(leases()).toBe(0), waiting);
    await expect(other.status()).rejects.toMatchObject({ code: "zoo_closed" });
  });

  test("is not taken by a caller who left", async () => {
    await expect(zoo.get("scripted", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    await vi.waitFor(() => expect(leases()).toBe(0), waiting);
  });

  test("is lost with its server, which tells it and does not wait for it", async () => {
    const gone = await ScriptedZoo.serve();
    const client = new ServedZoo(gone.address);
    const lease = await client.get("scripted");
    await gone[Symbol.asyncDispose]();
    await vi.waitFor(
      () => expect(lease.run("score-image", { image: image("answer") })).rejects.toThrow(/The lease on scripted ended/),
      waiting,
    );
    await expect(client.status()).rejects.toMatchObject({ code: "zoo_closed", details: { errno: "ECONNREFUSED" } });
  });

  test("asks many questions, each an answer or an error in its place", async () => {
    const results = [];
    const inputs = [image("answer", 1), image("refuse"), image("answer", 2)].map((one) => ({ image: one }));
    for await (const { index, answer, error } of zoo.map("scripted", "score-image", inputs, { concurrency: 2 }))
      results.push([index, answer?.output.score, error?.code]);
    expect(results).toEqual([
      [0, 1, undefined],
      [1, undefined, "image_undecodable"],
      [2, 2, undefined],
    ]);
    await vi.waitFor(() => expect(leases()).toBe(0), waiting);
  });
});

test("a model is loaded with its recipe, and unloaded", async () => {
  const { modelSignature: signature, spec, device } = await zoo.load("scripted", { priority: "high" });
  expect([signature, spec.labels, device]).toEqual([
    (await served.zoo.load("scripted")).modelSignature,
    ["a", "b"],
    "cpu",
  ]);
  await zoo.unload("scripted", { deadlineMs: 20_000 });
  expect((await zoo.status()).models[0]?.state).toBe("cold");
});

test("a keep-alive goes along: a question with 0 has the model unloaded after it, in a lease's wish as well", async () => {
  const idle = async (): Promise<void> =>
    await vi.waitFor(async () => expect((await zoo.status()).models[0]?.state).toBe("cold"), waiting);
  await zoo.run("scripted", "score-image", { image: image("answer") }, { keepAliveMs: 0 });
  await idle();
  const lease = await zoo.get("scripted", { keepAliveMs: 0 });
  expect((await zoo.status()).models[0]?.state).toBe("ready");
  await lease[Symbol.asyncDispose]();
  await idle();
  await zoo.run("scripted", "score-image", { image: image("answer") }, { keepAliveMs: Number.POSITIVE_INFINITY });
  expect((await zoo.status()).models[0]?.state).toBe("ready");
  await expect(zoo.get("scripted", { keepAliveMs: -1 })).rejects.toMatchObject({ code: "input_invalid" });
});

test("what was decided is told as lines of JSON", async () => {
  const [first, ...events] = (await zoo.journal())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(first).toMatchObject({ menagerie_journal: 1 });
  expect(events).toContainEqual(expect.objectContaining({ event: { type: "loaded", unit: "scripted" } }));
});

test("closing the client withdraws what is under way, and leaves the zoo as it is", async () => {
  const other = new ServedZoo(served.address);
  const asked = other.run("scripted", "score-image", { image: image("wait") });
  await vi.waitFor(() => expect(served.zoo.status().models[0]?.running).toBe(1), waiting);
  await other.close();
  await expect(asked).rejects.toMatchObject({ code: "zoo_closed" });
  await expect(other.run("scripted", "score-image", { image: image("answer") })).rejects.toMatchObject({
    code: "zoo_closed",
  });
  await expect(zoo.run("scripted", "score-image", { image: image("answer") })).resolves.toBeDefined();
});

test("a token opens a zoo that has one", async () => {
  await using locked = await ScriptedZoo.serve({ token: "secret" });
  await expect(new ServedZoo(locked.address).status()).rejects.toMatchObject({ code: "unauthorised" });
  await expect(new ServedZoo(locked.address, { token: "wrong" }).get("scripted")).rejects.toMatchObject({
    code: "unauthorised",
  });
  await expect(new ServedZoo(locked.address, { token: "secret" }).status()).resolves.toMatchObject({ name: "zoo" });
  expect(() => new ServedZoo(locked.address, { token: " " })).toThrow(/visible ASCII/);
});

test.each(["localhost:8000", "ftp://a", "", "http://user:secret@host", "http://host?x=1"])(
  "an address that is none is refused, without its secrets: %j",
  (address) => {
    expect(() => new ServedZoo(address)).toThrow(/address/);
    expect(() => new ServedZoo(address)).not.toThrow(/secret@/);
  },
);

function fail(message: string): never {
  throw new Error(message);
}
