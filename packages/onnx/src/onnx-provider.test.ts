import { chmod, copyFile, mkdtemp, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logTo, type ModelError, type ModelSpec } from "@menagerie/core";
import {
  ArtifactStore,
  FormStore,
  type Graph,
  type NamedTensors,
  type PreparedForm,
  removeFolder,
  sha256Of,
  type VerifiedArtifacts,
} from "@menagerie/core/loader";
import { writeMlp, writeOnnx } from "@menagerie/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadEngine } from "./engine.ts";
import { executionProviders } from "./execution-providers.ts";
import { onnxProvider } from "./onnx-provider.ts";
import { CheckedForm } from "./prepared-form.ts";
import { preparedSessionOptions } from "./session-options.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-onnx-"));
});
afterEach(async () => {
  for (const store of opened.splice(0)) store[Symbol.dispose]();
  await removeFolder(folder);
});
const opened: ArtifactStore[] = [];

interface Model {
  readonly spec: ModelSpec;
  readonly artifacts: VerifiedArtifacts;
}

async function model(file: string, schemas: Partial<ModelSpec> = {}, externalData?: string): Promise<Model> {
  const files = { model: file, ...(externalData === undefined ? {} : { weights: externalData }) };
  const local_artifacts = await Promise.all(
    Object.entries(files).map(async ([name, path]) => ({
      name,
      path,
      kind: "file",
      sha256: await sha256Of(join(folder, path)),
    })),
  );
  const spec = {
    model_name: "m",
    model_version: "1",
    runtime: "inprocess",
    engine: "onnx",
    weights_digest: "auto",
    local_artifacts,
    graphs: { g: { artifact: "model", ...(externalData === undefined ? {} : { external_data: ["weights"] }) } },
    input_schema: {},
    output_schema: {},
    ...schemas,
  } as unknown as ModelSpec;
  const artifacts = new ArtifactStore(spec, folder);
  opened.push(artifacts);
  return { spec, artifacts: await artifacts.files() };
}

const log = logTo(() => {});
const request = ({ spec, artifacts }: Model, form?: PreparedForm) => ({
  spec,
  artifacts,
  device: "cpu" as const,
  graph: "g",
  declaration: spec.graphs.g ?? { artifact: "model" },
  form,
  threads: 1,
  log,
});
const open = (of: Model, form?: PreparedForm): Promise<Graph> => onnxProvider.open(request(of, form));

/** The form of a model, and whether it was made for this very call. */
async function prepare({ spec, artifacts }: Model): Promise<{ form: PreparedForm; isNew: boolean }> {
  const needed = (await onnxProvider.formKeys?.({ spec, device: "cpu" })) ?? {};
  let isNew = false;
  const forms = await new FormStore({ cacheDir: join(folder, "cache"), log }).ensure(needed, async ({ graphs }) => {
    isNew = true;
    for (const [graph, into] of Object.entries(graphs))
      await onnxProvider.makeForm?.({ spec, device: "cpu", graph, artifacts, folder: into, log });
  });
  if (forms.g === undefined) throw new Error("there is no form");
  return { form: forms.g, isNew };
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: ModelError) => error.code,
  );
}

/** y = x + 1 in any element type that Add takes. */
async function writeAdd(type: "float32" | "float16" | "int64", one: Uint8Array): Promise<void> {
  await writeOnnx(join(folder, "add.onnx"), {
    inputs: [{ name: "x", type, shape: ["n", 2] }],
    outputs: [{ name: "y", type, shape: ["n", 2] }],
    initializers: [{ name: "one", type, shape: [1], data: one }],
    nodes: [{ op: "Add", inputs: ["x", "one"], outputs: ["y"] }],
    metadata: { maker: "test" },
  });
}

const oneAsFloat = new Uint8Array(new Float32Array([1]).buffer);

describe("a graph", () => {
  test("computes, and says what it takes, gives and was told by its exporter", async () => {
    await writeAdd("float32", oneAsFloat);
    await using graph = await open(await model("add.onnx"));
    expect(graph.inputs).toEqual({ x: { dtype: "float32", shape: ["n", 2] } });
    expect(graph.metadata).toEqual({ maker: "test" });
    const { y } = await graph.run({ x: { type: "float32", shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
    expect(y).toEqual({ type: "float32", shape: [2, 2], data: Float32Array.of(2, 3, 4, 5) });
  });

  test("takes and gives int64 as BigInt and float16 as raw bits", async () => {
    await writeAdd("int64", new Uint8Array(BigInt64Array.of(1n).buffer));
    await using integers = await open(await model("add.onnx"));
    const { y } = await integers.run({ x: { type: "int64", shape: [1, 2], data: BigInt64Array.of(2n ** 53n, -1n) } });
    expect(y?.data).toEqual(BigInt64Array.of(2n ** 53n + 1n, 0n));
    // 1.0, 2.0 and 3.0 are 0x3c00, 0x4000 and 0x4200 in IEEE 754 binary16.
    await writeAdd("float16", new Uint8Array(Uint16Array.of(0x3c00).buffer));
    await using halves = await open(await model("add.onnx"));
    const sum = await halves.run({ x: { type: "float16", shape: [1, 2], data: Uint16Array.of(0x3c00, 0x4000) } });
    expect(sum.y).toEqual({ type: "float16", shape: [1, 2], data: Uint16Array.of(0x4000, 0x4200) });
  });

  test("refuses feeds that do not fit, naming what is wrong, and is closed for good", async () => {
    await writeAdd("float32", oneAsFloat);
    const graph = await open(await model("add.onnx"));
    const x = { type: "float32", shape: [1, 2], data: Float32Array.of(1, 2) } as const;
    await expect(graph.run({})).rejects.toMatchObject({
      code: "graph_mismatch",
      message: expect.stringMatching(/input "x" is missing/),
    });
    await expect(graph.run({ x, z: x })).rejects.toThrow('there is no input "z" (there are x)');
    await expect(graph.run({ x: { ...x, shape: [1, 3] } })).rejects.toThrow(
      "float32 [1, 3], the graph takes float32 [n, 2]",
    );
    await expect(graph.run({ x: { ...x, data: Float32Array.of(1) } })).rejects.toThrow("has 1 values, its shape 2");
    await expect(graph.run({ x: { ...x, type: "int32", data: Int32Array.of(1, 2) } as never })).rejects.toThrow(
      "int32",
    );
    await graph[Symbol.asyncDispose]();
    expect(await codeOf(graph.run({ x }))).toBe("model_not_loaded");
  });

  test("that is not what its spec says is refused before it is opened", async () => {
    await writeAdd("float32", oneAsFloat);
    const other = { input_schema: { g: { pixels: { dtype: "float32", shape: ["n", 2] } } } } as Partial<ModelSpec>;
    const { spec, artifacts } = await model("add.onnx", other);
    await expect(onnxProvider.validateLocalArtifacts(spec, artifacts)).rejects.toThrow(
      'has no input "pixels" (it has x)',
    );
    expect(await codeOf(open({ spec, artifacts }))).toBe("graph_mismatch");
  });

  test("in a file that is damaged is refused with a remedy", async () => {
    await writeFile(join(folder, "bad.onnx"), "not a model");
    await expect(open(await model("bad.onnx"))).rejects.toMatchObject({
      code: "model_load_failed",
      message: expect.stringMatching(/Fetch it again/),
    });
  });
});

describe("the recipe", () => {
  const recipe = async (device: "cpu" | "cuda:1", threads: number) =>
    onnxProvider.recipe?.({ spec: {} as ModelSpec, device, threads });

  test("says execution providers and session options as plain data, threads among them", async () => {
    const said = await recipe("cpu", 3);
    expect(said).toMatchObject({
      execution_providers: ["cpu"],
      session_options: { intraOpNumThreads: 3, executionMode: "sequential", graphOptimizationLevel: "all" },
      platform: `${process.platform}-${process.arch}`,
    });
    expect(JSON.parse(JSON.stringify(said))).toEqual(said);
    expect(await recipe("cpu", 3)).toEqual(said);
    expect(await recipe("cpu", 4)).not.toEqual(said);
  });

  test("names the device of an accelerator, and nothing that only the log shows", async () => {
    if (`${process.platform}-${process.arch}` === "linux-x64")
      expect(await recipe("cuda:1", 1)).toMatchObject({
        execution_providers: [{ name: "cuda", deviceId: 1 }, "cpu"],
      });
    expect(JSON.stringify(await recipe("cpu", 1))).not.toContain("log");
  });
});

describe("the prepared form", () => {
  test("of a graph is not taken for that of another one which has its name now", async () => {
    for (const [file, step] of [
      ["one.onnx", 1],
      ["ten.onnx", 10],
    ] as const) {
      await writeAdd("float32", new Uint8Array(new Float32Array([step]).buffer));
      await copyFile(join(folder, "add.onnx"), join(folder, file));
    }
    const both = await Promise.all(
      ["one", "ten"].map(async (name) => ({
        name,
        path: `${name}.onnx`,
        kind: "file",
        sha256: await sha256Of(join(folder, `${name}.onnx`)),
      })),
    );
    const sum = async (artifact: string) => {
      const schemas = { local_artifacts: both, graphs: { g: { artifact } } } as Partial<ModelSpec>;
      const either = await model("one.onnx", schemas);
      await using graph = await open(either, (await prepare(either)).form);
      return (await graph.run({ x: { type: "float32", shape: [1, 2], data: Float32Array.of(0, 1) } })).y?.data;
    };
    expect(await sum("one")).toEqual(Float32Array.of(1, 2));
    expect(await sum("ten")).toEqual(Float32Array.of(10, 11));
  });

  test.each([undefined, "mlp.onnx_data"])(
    "gives the very numbers of the original, is made once, and keeps its metadata (external data: %s)",
    async (externalData) => {
      const mlp = await mlpOf(externalData);
      await using original = await open(mlp);
      const { form, isNew } = await prepare(mlp);
      expect([isNew, (await prepare(mlp)).isNew]).toEqual([true, false]);
      await using prepared = await open(mlp, form);
      expect((await prepared.run(feeds)).y).toEqual((await original.run(feeds)).y);
      expect([prepared.inputs, prepared.outputs, prepared.metadata]).toEqual([
        original.inputs,
        original.outputs,
        original.metadata,
      ]);
    },
  );

  test("that was damaged is not used, and is made anew", async () => {
    const mlp = await mlpOf();
    const { form } = await prepare(mlp);
    await damage(join(form.dir, "graph.onnx_data"));
    expect(await codeOf(open(mlp, form))).toBe("weights_digest_mismatch");
    await using original = await open(mlp);
    const second = await prepare(mlp);
    expect(second.isNew).toBe(true);
    await using prepared = await open(mlp, second.form);
    expect((await prepared.run(feeds)).y).toEqual((await original.run(feeds)).y);
  });

  test("with one flipped byte in any of its files is refused before the engine reads any of them", async () => {
    const { form } = await prepare(await mlpOf());
    for (const name of Object.keys(form.files)) {
      const path = join(form.dir, name);
      const bytes = await readFile(path);
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const other = Buffer.from(bytes);
        other[at] = (other[at] ?? 0) ^ 1;
        await chmod(path, 0o600);
        await writeFile(path, other);
        expect(await codeOf(CheckedForm.open(form))).toBe("weights_digest_mismatch");
      }
      await writeFile(path, bytes);
      (await CheckedForm.open(form))[Symbol.dispose]();
    }
  });

  test("whose files are replaced after they were checked is refused, and so is one that is put back in time", async () => {
    const mlp = await mlpOf();
    await using original = await open(mlp);
    const expected = (await original.run(feeds)).y;
    for (const isPutBack of [false, true]) {
      const { form } = await prepare(mlp);
      const data = join(form.dir, "graph.onnx_data");
      const other = (await readFile(data)).fill(0x3f);
      using checked = await CheckedForm.open(form);
      const opening = checked.read("whole", async (path) => {
        await writeFile(`${data}.other`, other);
        await rename(data, `${data}.true`);
        await rename(`${data}.other`, data);
        const session = await (await loadEngine()).InferenceSession.create(path, preparedSessionOptions("cpu", 1));
        if (isPutBack) await rename(`${data}.true`, data);
        return { [Symbol.asyncDispose]: () => session.release() };
      });
      expect(await codeOf(opening)).toBe("weights_digest_mismatch");
    }
    await using prepared = await open(mlp, (await prepare(mlp)).form);
    expect((await prepared.run(feeds)).y).toEqual(expected);
  });

  test("of a merged decoder has a graph for each of its branches, which give its numbers and share their weights", async () => {
    const merged = new URL("../../text/fixtures/generators/whisper/decoder_model_merged.onnx", import.meta.url);
    await copyFile(merged, join(folder, "merged.onnx"));
    const decoder = await model("merged.onnx");
    await using original = await open(decoder);
    const { form } = await prepare(decoder);
    expect((await prepare(decoder)).isNew).toBe(false);
    expect((await readdir(form.dir)).sort()).toEqual([
      "else_branch.onnx",
      "else_branch.onnx_data",
      "form.json",
      "then_branch.onnx",
    ]);
    await using prepared = await open(decoder, form);
    expect([prepared.inputs, prepared.outputs]).toEqual([original.inputs, original.outputs]);
    for (const isLater of [false, true]) {
      const asked = decoderFeeds(original, isLater);
      const [expected, found] = [await original.run(asked), await prepared.run(asked)];
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(found[name]?.shape).toEqual(shape);
        for (const [i, value] of (data as Float32Array).entries()) expect(found[name]?.data[i]).toBeCloseTo(value, 5);
      }
    }
  });

  test("made by two at once is whole", async () => {
    const mlp = await mlpOf();
    const made = await Promise.all([prepare(mlp), prepare(mlp), prepare(mlp)]);
    expect(new Set(made.map(({ form }) => form.dir)).size).toBe(1);
    expect((await prepare(mlp)).isNew).toBe(false);
    expect(await readdir(join(folder, "cache/drafts"))).toEqual([]);
    expect(await readdir(join(folder, "cache/prepared"))).toHaveLength(1);
  });

  test("has another key for another artifact behind the same graph of the same weights", async () => {
    const mlp = await mlpOf();
    const weights = { ...mlp.spec.local_artifacts[0], name: "other", path: "other.onnx" };
    const spec = { ...mlp.spec, local_artifacts: [...mlp.spec.local_artifacts, weights] } as ModelSpec;
    const keyOf = async (artifact: string) =>
      (await onnxProvider.formKeys?.({ spec: { ...spec, graphs: { g: { artifact } } }, device: "cpu" }))?.g?.key;
    expect(await keyOf("model")).not.toBe(await keyOf("other"));
  });
});

describe("a file of a model", () => {
  test("that is replaced after it was verified does not change what is opened", async () => {
    const mlp = await mlpOf();
    await using original = await open(mlp);
    const expected = (await original.run(feeds)).y;
    const { spec } = mlp;
    using artifacts = new ArtifactStore(spec, folder);
    const files = await artifacts.files();
    await writeFile(join(folder, "other.onnx"), "not a model");
    await rename(join(folder, "other.onnx"), join(folder, "mlp.onnx"));
    const opening = open({ spec, artifacts: files });
    // The checked bytes, or an error: never the other ones.
    const graph = await opening.catch((error: ModelError) => error);
    if ("code" in graph) expect(graph.code).toBe("weights_digest_mismatch");
    else expect((await graph.run(feeds)).y).toEqual(expected);
  });

  test.each(["mlp.onnx", "mlp.onnx_data"])(
    "that is written to in place while it is opened is noticed: %s",
    async (file) => {
      const mlp = await mlpOf("mlp.onnx_data");
      const path = join(folder, file);
      const before = await stat(path);
      await damage(path);
      await utimes(path, before.atime, before.mtime);
      expect(await codeOf(open(mlp))).toBe("weights_digest_mismatch");
    },
  );

  test("that holds weights and that no spec declares is refused, for preparing as for opening", async () => {
    await writeMlp(join(folder, "mlp.onnx"), { megabytes: 0.2, width: 64, externalData: "mlp.onnx_data" });
    const mlp = await model("mlp.onnx");
    expect(await codeOf(open(mlp))).toBe("weights_unpinned");
    const making = onnxProvider.makeForm?.({ ...request(mlp), folder: join(folder, "made") }) ?? Promise.resolve();
    expect(await codeOf(making)).toBe("weights_unpinned");
  });
});

const feeds = {
  x: { type: "float32", shape: [3, 64], data: Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)) },
} as const;

async function mlpOf(externalData?: string): Promise<Model> {
  const options = { megabytes: 0.2, width: 64, ...(externalData === undefined ? {} : { externalData }) };
  await writeMlp(join(folder, "mlp.onnx"), options);
  return model("mlp.onnx", {}, externalData);
}

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  await chmod(file, 0o644);
  await writeFile(file, bytes);
}

describe("the execution provider", () => {
  test("is the device's, with its number, and never another one in silence", () => {
    expect(executionProviders("cpu", "linux-x64")).toEqual(["cpu"]);
    expect(executionProviders("cuda:1", "linux-x64")).toEqual([{ name: "cuda", deviceId: 1 }, "cpu"]);
    expect(executionProviders("coreml", "darwin-arm64")).toEqual([{ name: "coreml" }, "cpu"]);
    expect(() => executionProviders("cuda:0", "darwin-arm64")).toThrow(/no "cuda" on darwin-arm64/);
    expect(() => executionProviders("dml", "linux-x64")).toThrow(/win32-x64/);
  });

  test("whose libraries are missing is an error with the command that installs them", async () => {
    await writeAdd("float32", oneAsFloat);
    const asked = { ...request(await model("add.onnx")), device: "cuda:0" as const };
    const error = await onnxProvider.open(asked).then(
      () => undefined,
      (thrown: ModelError) => thrown,
    );
    // On a machine that has them the graph opens, which is as right.
    if (error !== undefined)
      expect(error).toMatchObject({
        code: "unsupported_device",
        message: expect.stringMatching(/script\/install\.js/),
      });
  });
});

/** Something for each input of a merged decoder: two ids at first, then one and a cache of three positions. */
function decoderFeeds({ inputs }: Graph, isLater: boolean): NamedTensors {
  const sizes: Readonly<Record<string, number>> = {
    batch_size: 1,
    decoder_sequence_length: isLater ? 1 : 2,
    past_decoder_sequence_length: isLater ? 3 : 0,
    encoder_sequence_length: 6,
  };
  const feeds = Object.entries(inputs).map(([name, { dtype, shape: declared }]) => {
    const shape = declared.map((axis) => (typeof axis === "number" ? axis : (sizes[axis] ?? 1)));
    const length = shape.reduce((product, axis) => product * axis, 1);
    if (dtype === "bool") return [name, { type: dtype, shape, data: Uint8Array.of(isLater ? 1 : 0) }];
    if (dtype === "int64") return [name, { type: dtype, shape, data: new BigInt64Array(length).fill(3n) }];
    return [name, { type: dtype, shape, data: Float32Array.from({ length }, (_, i) => Math.sin(i + name.length)) }];
  });
  return Object.fromEntries(feeds) as NamedTensors;
}
