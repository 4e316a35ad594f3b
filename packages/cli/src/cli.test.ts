import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine, ended, pizza, root } from "./command-line.ts";
import { splitList } from "./field-value.ts";

let line: CommandLine;
let folder: string;
beforeAll(async () => {
  line = await CommandLine.create();
  folder = line.folder;
});
afterAll(() => line.remove());

const start: CommandLine["start"] = (args, nodeFlags) => line.start(args, nodeFlags);
const zoo: CommandLine["run"] = (...args) => line.run(...args);

test("zoo ls --wide says what models are called besides, and what is said of them", async () => {
  const wide = await zoo("ls", "--wide");
  expect(wide.out.split("\n")[0]).toMatch(/LICENCE +CALLED +METADATA$/);
  expect((await zoo("ls")).out).not.toContain("METADATA");
});

describe("zoo run", () => {
  test("names a picture for a person, and for a machine in one object of a fixed shape", async () => {
    const person = await zoo("run", "emoji-clip", pizza);
    expect([person.code, person.err]).toEqual([0, ""]);
    expect(person.out).toMatch(/^pizza\.png\n +100\.0 % {2}█+░* {2}slice of pizza$/m);
    const machine = await zoo("run", "emoji-clip", pizza, "--top-k", "1", "--json");
    expect(machine.err).toBe("");
    expect(Object.keys(JSON.parse(machine.out) as object)).toEqual([
      "model",
      "task",
      "output",
      "models_used",
      "model_signature",
      "timing_ms",
    ]);
  });

  test("takes what a plain argument says by its field's flag too, and refuses both at once", async () => {
    const both = await zoo("run", "demo-brisque", pizza, "--image", pizza);
    expect([both.code, both.err]).toEqual([2, expect.stringContaining("give one of them")]);
    // Of several tasks the one whose flag it is.
    expect((await zoo("run", "emoji-clip", "--text", "a slice of pizza")).out).toContain("96 dimensions");
  });

  test("asks once for each picture where the task takes one, and prints a line for each", async () => {
    const { out } = await zoo("run", "demo-brisque", pizza, pizza, "--json");
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { task: string }).task),
    ).toEqual(["score-image", "score-image"]);
  });

  test("answers the pictures that it can, and says of each other one what is wrong with it", async () => {
    await writeFile(join(folder, "cut.png"), (await readFile(pizza)).subarray(0, 200));
    const { code, out, err } = await zoo("run", "demo-brisque", pizza, "cut.png", "gone.png", pizza, "--json");
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { index: number; task?: string; error?: { code: string } });
    expect([code, err]).toEqual([1, ""]);
    expect(lines.map(({ index, task, error }) => [index, task ?? error?.code])).toEqual([
      [0, "score-image"],
      [1, "image_undecodable"],
      [2, "input_invalid"],
      [3, "score-image"],
    ]);
  });

  test("ranks pictures for one label, reads lists with commas in them, and standard input", async () => {
    const ranked = await zoo(
      "run",
      "emoji-clip",
      join(root, "packages/demo/fixtures/emoji/1f32b.png"),
      pizza,
      "--labels",
      "a slice of pizza",
    );
    expect(ranked.out).toMatch(/^a slice of pizza\n +\d+\.\d % .* pizza\.png$/m);
    expect(splitList("a cat, a dog\\, asleep,")).toEqual(["a cat", "a dog, asleep"]);
    const bytes = new Uint8Array(await readFile(pizza));
    expect(JSON.parse((await ended(start(["run", "demo-brisque", "-", "--json"]), bytes)).out)).toMatchObject({
      task: "score-image",
    });
  });

  test("takes a text for a model of texts", async () => {
    const { out } = await zoo("run", "emoji-clip", "a slice of pizza", "--task", "embed-text");
    expect(out).toContain("96 dimensions");
  });
});

test.each([
  ["a missing file", "input_invalid", ["run", "demo-brisque", "gone.jpg"]],
  ["an unknown model", "model_not_found", ["run", "emoji-clpi", pizza]],
])("%s ends with 1 and %s, for a person and for a machine", async (_what, code, args) => {
  const person = await zoo(...args);
  expect([person.code, person.out]).toEqual([1, ""]);
  expect(person.err).toMatch(new RegExp(`^error ${code}: .+\\n$`));
  const machine = await zoo(...args, "--json");
  expect([machine.code, machine.err]).toEqual([1, ""]);
  expect(JSON.parse(machine.out)).toMatchObject({ error: { code } });
});
