import { once } from "node:events";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeImage } from "@menagerie/vision";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine, type Ended, ended, pizza, root } from "./command-line.ts";

let line: CommandLine;
let folder: string;
beforeAll(async () => {
  line = await CommandLine.create();
  folder = line.folder;
});
afterAll(() => line.remove());

const start: CommandLine["start"] = (args, nodeFlags) => line.start(args, nodeFlags);
const zoo: CommandLine["run"] = (...args) => line.run(...args);

test("a checkpoint folder is adopted, its spec is served from where it lies, and is not overwritten", async () => {
  await cp(join(root, "plugins/clip/fixtures/square"), join(folder, "My Clip"), { recursive: true });
  const adopted = await zoo("adopt", "My Clip", "--like", "clip-vit-b32", "-o", "my-clip.yaml", "--golden", pizza);
  expect([adopted.code, adopted.out]).toEqual([0, ""]);
  expect(adopted.err).toContain("pictures: 30 px short edge, bicubic, centre 24 x 24 (preprocessor_config.json)");
  expect(adopted.err).toMatch(
    /asked match-image about made pictures of 320 x 240: \d+ ms, \d+ ms, 3 at once \d+ ms\n.* at its peak; .* were estimated/,
  );
  const { out } = await zoo(
    "run",
    "my-clip",
    pizza,
    "--spec",
    "my-clip.yaml",
    "--task",
    "match-image",
    "--labels",
    "a cat,a dog",
    "--json",
  );
  const { output } = JSON.parse(out) as { output: { per_image: { matches: { label: string }[] }[] } };
  expect(output.per_image[0]?.matches.map(({ label }) => label).sort()).toEqual(["a cat", "a dog"]);
  expect((await zoo("adopt", "My Clip", "--like", "clip-vit-b32", "-o", "my-clip.yaml")).err).toContain("--force");
  const answer = join(folder, "My Clip/golden/pizza.png.embed-image.json");
  const { embedding } = JSON.parse(await readFile(answer, "utf8")) as { embedding: number[] };
  await writeFile(answer, JSON.stringify({ embedding: embedding.map((value, i) => (i === 3 ? value + 0.5 : value)) }));
  const other = await zoo("run", "my-clip", pizza, "--spec", "my-clip.yaml", "--task", "embed-image");
  expect([other.code, other.err]).toEqual([
    1,
    expect.stringMatching(/self_test_failed: .*embedding\[3\] is off by 0\.5/),
  ]);
});

test("a Whisper is adopted, and writes down a recording with times and without", async () => {
  const fixtures = join(root, "plugins/whisper/fixtures");
  await cp(join(fixtures, "english"), join(folder, "ears"), { recursive: true });
  const adopted = await zoo("adopt", "ears", "--like", "whisper-tiny", "-o", "ears.yaml");
  expect([adopted.code, adopted.out]).toEqual([0, ""]);
  expect(adopted.err).toContain("Try: zoo run ears talk.wav --spec ears.yaml --task transcribe-audio");
  const { recordings } = JSON.parse(await readFile(join(fixtures, "english/reference.json"), "utf8")) as {
    recordings: {
      voice: { answers: Record<string, { text: string; segments: { start: number; end: number; text: string }[] }> };
    };
  };
  const { timestamps, plain } = recordings.voice.answers;
  // transformers goes on in the silence that fills the window up after the recording's 0.9 s.
  const heard = timestamps?.segments.filter(({ start }) => start < 0.9);
  const ask = ["run", "ears", join(fixtures, "recordings/voice.wav"), "--spec", "ears.yaml"];
  // Raw samples through a pipe: what follows the header of 44 bytes.
  const samples = (await readFile(join(fixtures, "recordings/voice.wav"))).subarray(44);
  const { out } = await ended(start(["run", "ears", "-", "--rate", "16000", "--spec", "ears.yaml"]), samples);
  const lines = out.match(/^ {2}\d\d:\d\d\.\d\d - \d\d:\d\d\.\d\d {2}/gm);
  expect(lines).toHaveLength(heard?.length ?? 0);
  const streamed = (await zoo(...ask, "--json", "--stream", "--subtitles", "voice.srt")).out.trim().split("\n");
  const [answer, ...parts] = streamed.map((line) => JSON.parse(line) as { part?: object; output?: object }).reverse();
  const told = heard?.map(({ start, end, text }) => ({ part: { start, end: Math.min(end, 0.9), text } }));
  expect(parts.reverse()).toEqual(told);
  expect(answer?.output).toMatchObject({ segments: parts.map(({ part }) => part) });
  const cues = await readFile(join(folder, "voice.srt"), "utf8");
  expect(cues.match(/ --> /g)).toHaveLength(heard?.length ?? 0);
  const plainText = (await zoo(...ask, "--no-timestamps")).out.split("\n").slice(1, -2).join("\n");
  expect(plainText.trim()).toBe(plain?.text.trim());
});

test("a zoo is served, asked, and stopped without a process left behind", async () => {
  const server = start(["serve", join(root, "packages/demo/zoo.yaml"), "--port", "0", "--json"]);
  const done = ended(server);
  const [line] = (await once(server.stdout ?? process.stdin, "data")) as [Buffer];
  const { address, models } = JSON.parse(line.toString()) as {
    address: string;
    models: { model: string; state: string; pid: number }[];
  };
  expect(models.map(({ model, state }) => [model, state])).toEqual([
    ["demo-brisque", "ready"],
    ["emoji-clip", "ready"],
  ]);
  const busy = await zoo("serve", "--port", new URL(address).port);
  expect([busy.code, busy.err]).toEqual([1, expect.stringContaining("is in use already")]);
  expect((await zoo("unload", "emoji-clip", "--url", address)).out).toBe(
    "emoji-clip is unloaded. It was required and kept: the next request loads it, and so does `zoo load emoji-clip`.\n",
  );
  expect((await zoo("ps", "--url", address)).out).toMatch(/^emoji-clip +cold/m);
  const mistyped = await zoo("explain", "emoji-clop", "--url", address);
  expect([mistyped.code, mistyped.err]).toEqual([1, expect.stringContaining('Did you mean "emoji-clip"?')]);
  expect((await zoo("explain", "emoji-clip", "--url", address)).code).toBe(0);
  expect((await zoo("load", "emoji-clip", "--url", address)).code).toBe(0);
  const ask = ["run", "emoji-clip", pizza, "--top-k", "1", "--json"];
  const [there, here] = [await zoo(...ask, "--url", address), await zoo(...ask)];
  const outputOf = ({ out }: Ended): unknown => (JSON.parse(out) as { output: unknown }).output;
  expect(outputOf(there)).toEqual(outputOf(here));
  expect((await zoo("run", "emoji-clip", pizza, "--url", address)).out).toMatch(/slice of pizza/);
  const nobody = await zoo("run", "emoji-clp", pizza, "--url", address);
  expect([nobody.code, nobody.err]).toEqual([1, expect.stringContaining('Did you mean "emoji-clip"?')]);
  const both = await zoo("run", "emoji-clip", pizza, "--url", address, "--spec", "my-clip.yaml");
  expect([both.code, both.err]).toEqual([2, expect.stringContaining("--spec is about this machine")]);
  server.kill("SIGTERM");
  expect((await done).code).toBe(0);
  for (const { pid } of models) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("the cache is listed and emptied, for people and machines, and what was removed is prepared again", async () => {
  const ask = () => zoo("run", "emoji-clip", "a slice of pizza", "--task", "embed-text", "--json");
  const outputOf = ({ out }: Ended): unknown => (JSON.parse(out) as { output: unknown }).output;
  const before = outputOf(await ask());
  await mkdir(join(folder, "cache/prepared/of-an-older-version"), { recursive: true });
  const listed = await zoo("cache", "ls");
  expect([listed.code, listed.err]).toEqual([0, ""]);
  expect(listed.out).toMatch(
    /^emoji-clip +\S+ +text_model +onnxruntime \d+\.\d+\.\d+ +\d+ MB +\d{4}-\d\d-\d\d \d\d:\d\d$/m,
  );
  expect(listed.out).toMatch(/prepared, 1 unfinished or unknown, \d+ MB in all\.\n$/);
  const forms = async () =>
    (JSON.parse((await zoo("cache", "ls", "--json")).out) as { forms: { model: string }[] }).forms;
  const count = (await forms()).length;
  // What is here is of use here.
  expect(JSON.parse((await zoo("cache", "clean", "--json")).out)).toMatchObject({ removed: [], removed_leftovers: [] });
  expect(await forms()).toHaveLength(count);
  expect((await zoo("cache", "clean", "--all")).out).toMatch(
    /^(?:removed .+\n)*removed emoji-clip, graph .+\n(?:removed .+\n)*\d+ MB freed in .+\.\n$/,
  );
  expect(await forms()).toEqual([]);
  expect(outputOf(await ask())).toEqual(before);
  expect((await forms()).map(({ model }) => model)).toContain("emoji-clip");
});

test("completion knows commands, tasks and models", async () => {
  const complete = async (...words: string[]): Promise<string[]> =>
    (await zoo("__complete", "--", ...words)).out.trim().split("\n");
  expect(await complete("a")).toEqual(["adopt"]);
  expect(await complete("run", "emoji")).toEqual(["emoji-clip"]);
  expect(await complete("cache", "c")).toEqual(["clean"]);
  expect(await complete("cache", "clean", "--a")).toEqual(["--all"]);
  expect(await complete("run", "emoji-clip", "--task", "match")).toEqual(["match-image", "match-video"]);
  expect(await complete("completion", "z")).toEqual(["zsh"]);
  expect(await complete("run", "emoji-clip", "--priority", "")).toEqual(["critical", "high", "medium", "low"]);
  expect(await complete("run", "emoji-clip", "--format", "s")).toEqual(["s16le", "s24le", "s32le"]);
  expect(await complete("adopt", ".", "--activation", "s")).toEqual(["softmax", "sigmoid"]);
  expect((await zoo("completion", "bash")).out).toContain("complete -o default -F _zoo zoo");
});

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
