import { describe, expect, test } from "vitest";
import type { Device } from "../contract/device.ts";
import { logTo } from "../contract/log.ts";
import type { ModelError } from "../contract/model-error.ts";
import type { ModelSpec } from "../contract/model-spec.ts";
import type { Graph } from "./graph.ts";
import type { LoadContext } from "./load-context.ts";
import { ModelLoaderBase, type TaskMethods } from "./model-loader-base.ts";

const spec = { model_name: "m", resource_requirements: { vram_mb: 800, ram_mb: 1, max_batch: 1 } } as ModelSpec;
const image = new Uint8Array([1]);

/** A loader that notes what happens to it; its graphs note when they are closed. */
class NotingLoader extends ModelLoaderBase<{ opened: number }> {
  static failures = 0;
  readonly notes: string[] = [];
  finish: () => void = () => {};
  protected override readonly tasks: TaskMethods<{ opened: number }> = {
    "score-image": async ({ opened }) => {
      await new Promise<void>((resolve) => {
        this.finish = resolve;
      });
      this.notes.push("answered");
      return { score: opened, best: 0, worst: 1 };
    },
  };

  constructor() {
    super(spec, (device) => contextOn(device, this));
  }

  protected override async open(context: LoadContext): Promise<{ opened: number }> {
    this.notes.push(`open on ${context.device}`);
    await context.open("first");
    await context.open("second");
    if (NotingLoader.failures-- > 0) throw new Error("no such luck");
    return { opened: this.notes.length };
  }

  protected override close(): void {
    this.notes.push("close");
  }
}

function contextOn(device: Device, loader: NotingLoader): LoadContext {
  const open = async (name: string): Promise<Graph> =>
    ({ name, [Symbol.asyncDispose]: async () => void loader.notes.push(`${name} closed`) }) as unknown as Graph;
  return { spec, device, log: logTo(() => {}), artifact: async (name) => name, open };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

describe("a loader", () => {
  test("has the name and the memory that its spec declares", () => {
    const loader = new NotingLoader();
    expect([loader.modelName, loader.vramMb, loader.taskNames]).toEqual(["m", 800, ["score-image"]]);
  });

  test("opens once however many ask at the same time, and gives all the same", async () => {
    const loader = new NotingLoader();
    const [a, b] = await Promise.all([loader.load("cpu"), loader.load("cpu")]);
    expect(a).toBe(b);
    expect(loader.notes).toEqual(["open on cpu"]);
  });

  test("whose load failed has closed what it had opened, and may be loaded again", async () => {
    const loader = new NotingLoader();
    NotingLoader.failures = 1;
    expect(await codeOf(loader.load("cpu"))).toBe("model_load_failed");
    expect(loader.notes).toEqual(["open on cpu", "second closed", "first closed"]);
    expect(await codeOf(loader.load("cpu"))).toBe("no error");
  });

  test("refuses a task before load, after unload, and one that it does not have", async () => {
    const loader = new NotingLoader();
    expect(await codeOf(loader.run("score-image", { image }))).toBe("model_not_loaded");
    await loader.load("cpu");
    expect(await codeOf(loader.run("embed-text", { text: "x" }))).toBe("task_unsupported");
    await loader.unload();
    expect(await codeOf(loader.run("score-image", { image }))).toBe("model_not_loaded");
  });

  test("waits for a running task before it unloads, and closes graphs in reverse", async () => {
    const loader = new NotingLoader();
    await loader.load("cpu");
    const answer = loader.run("score-image", { image });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const unloaded = Promise.all([loader.unload(), loader.unload()]);
    expect(await codeOf(loader.run("score-image", { image }))).toBe("model_not_loaded");
    loader.finish();
    await Promise.all([answer, unloaded]);
    expect(loader.notes).toEqual(["open on cpu", "answered", "close", "second closed", "first closed"]);
  });

  test("is not put on another device while it is loaded, and is after it was unloaded", async () => {
    const loader = new NotingLoader();
    await loader.load("cpu");
    expect(await codeOf(loader.load("cuda:0"))).toBe("model_load_failed");
    await loader.unload();
    await loader.load("cuda:0");
    expect(loader.notes.at(-1)).toBe("open on cuda:0");
  });

  test("closes what the engine opened, whatever it is, and one that does not close keeps no other open", async () => {
    const closed: string[] = [];
    const handle = (name: string): AsyncDisposable => ({
      [Symbol.asyncDispose]: () => {
        closed.push(name);
        if (name === "b") throw new Error("b stays open");
        return Promise.resolve();
      },
    });
    class SessionLoader extends ModelLoaderBase<string, AsyncDisposable | { plain: true }> {
      protected override readonly handles: string = "session";
      protected override readonly tasks: TaskMethods<string> = {};
      protected override async open(context: LoadContext<AsyncDisposable | { plain: true }>): Promise<string> {
        for (const name of ["a", "b", "plain", "c"]) await context.open(name);
        return "opened";
      }
    }
    const opens = (word: string) => (device: Device) => ({
      ...{ spec, device, log: logTo(() => {}), opens: word, artifact: async (name: string) => name },
      open: async (name: string): Promise<object> => (name === "plain" ? { plain: true } : handle(name)),
    });
    const loader = new SessionLoader(spec, opens("session"));
    expect(await loader.load("cpu")).toBe("opened");
    await expect(loader.unload()).rejects.toThrow("b stays open");
    expect(closed).toEqual(["c", "b", "a"]);
    expect(await loader.load("cpu")).toBe("opened");
    await expect(new SessionLoader(spec, opens("graph")).load("cpu")).rejects.toMatchObject({
      code: "unsupported_engine",
      message: expect.stringContaining('"session", and its engine'),
    });
  });

  test("unloads without harm when it was never loaded", async () => {
    expect(await codeOf(new NotingLoader().unload())).toBe("no error");
  });
});
