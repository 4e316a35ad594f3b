import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine } from "./command-line.ts";

let line: CommandLine;
beforeAll(async () => {
  line = await CommandLine.create();
});
afterAll(() => line.remove());

const zoo: CommandLine["run"] = (...args) => line.run(...args);

describe("wrong usage ends with 2 and says what was meant:", () => {
  test.each([
    [["rnu"], "Did you mean run?"],
    [["run", "emoji-clip", "x.png", "--jsno"], "Did you mean --json?"],
    [["run", "emoji-clip"], "missing required argument 'input'"],
    [["run", "emoji-clip", "words", "--task", "embed-text", "--top-k", "3"], "embed-text has no --top-k"],
    [["run", "emoji-clip", "x.png", "--top-k", "many"], "It must be a whole number."],
    [["run", "emoji-clip", "words", "--task", "embed-text", "--draw", "a.png"], "embed-text cannot be drawn"],
    [["run", "demo-brisque", "x.png", "y.png", "--draw", "a.png"], "draws on one picture, not on 2"],
    [["run", "demo-brisque", "x.png", "--draw", "./x.png"], "write over ./x.png"],
    [["adopt", ".", "--size", "big"], "A size must be one number of pixels, or width x height"],
    [
      ["run", "emoji-clip", "x.png", "--max-line-count", "2"],
      "--max-line-count counts lines that --max-line-width makes",
    ],
    [["completion", "tcsh"], "bash, zsh, fish"],
    [["cache", "claen"], "Did you mean clean?"],
    [["cache", "clean", "--al"], "Did you mean --all?"],
  ])("zoo %j", async (args, message) => {
    const { code, out, err } = await zoo(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });

  test("and help ends with 0, with examples", async () => {
    const { code, out } = await zoo("run", "--help");
    expect(code).toBe(0);
    expect(out).toContain("zoo run emoji-clip pizza.png");
    expect(out).toMatch(/--labels <a,b>/);
  });
});
