import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine, ended, pizza } from "./command-line.ts";

let line: CommandLine;
let folder: string;
beforeAll(async () => {
  line = await CommandLine.create();
  folder = line.folder;
});
afterAll(() => line.remove());

const start: CommandLine["start"] = (args, nodeFlags) => line.start(args, nodeFlags);
const zoo: CommandLine["run"] = (...args) => line.run(...args);

describe("zoo run --draw", () => {
  test.each([
    ["png", "emoji-clip", [0x89, 0x50, 0x4e, 0x47]],
    ["jpg", "demo-brisque", [0xff, 0xd8, 0xff]],
    ["webp", "demo-brisque", [0x52, 0x49, 0x46, 0x46]],
  ])("writes the picture as .%s with the answer of %s below it", async (ending, model, signature) => {
    const { code, out, err } = await zoo("run", model, pizza, "--draw", `drawn.${ending}`, "--json");
    expect([code, err, out.trim().split("\n").length]).toEqual([0, "", 1]);
    const [input, drawn] = [await readFile(pizza), await readFile(join(folder, `drawn.${ending}`))];
    expect([...drawn.subarray(0, signature.length)]).toEqual(signature);
    const [before, after] = [await decodeImage(input), await decodeImage(drawn)];
    // Enlarged by a whole factor until labels can be read, with a panel below.
    const factor = after.width / before.width;
    expect([Number.isInteger(factor), after.width >= 640]).toEqual([true, true]);
    const panel = after.height - before.height * factor;
    expect(panel).toBeGreaterThan(20);
    const dark = after.data.subarray(after.width * (after.height - 2) * 3).every((level) => level < 64);
    const picture = after.data.subarray(0, after.width * 3).every((level) => level > 240);
    expect({ dark, picture }).toEqual({ dark: true, picture: true });
  });

  test("says before any model is asked which package draws, where it is not installed", async () => {
    const hook = `import { registerHooks } from "node:module";
      registerHooks({ resolve: (name, context, next) => {
        if (name === "@menagerie/vision") throw new Error("Cannot find package");
        return next(name, context);
      } });`;
    const flags = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`];
    const { code, out, err } = await ended(start(["run", "demo-brisque", pizza, "--draw", "gone.png"], flags));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^error dependency_missing: .*npm install @menagerie\/vision\n$/);
  });
});
