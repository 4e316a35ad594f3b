import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine, pizza, root } from "./command-line.ts";

let line: CommandLine;
let folder: string;
beforeAll(async () => {
  line = await CommandLine.create();
  folder = line.folder;
});
afterAll(() => line.remove());

const zoo: CommandLine["run"] = (...args) => line.run(...args);

describe("bad input ends with 1, a code and no stack trace:", () => {
  async function file(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(join(folder, name), content);
    return name;
  }
  /** A spec of the demonstration's BRISQUE over a copy of its artifacts. */
  async function spec(change: (text: string) => string = (text) => text): Promise<string> {
    await cp(join(root, "packages/demo/artifacts/brisque"), join(folder, "brisque"), { recursive: true });
    const text = await readFile(join(root, "packages/demo/models/demo-brisque.yaml"), "utf8");
    return file(
      "mine.yaml",
      change(text.replace(/artifacts_root: .*/, "artifacts_root: brisque").replace("demo-brisque", "mine")),
    );
  }
  const weights = (): string => join(folder, "brisque/brisque_model.yml");
  const mine = ["run", "mine", pizza, "--spec", "mine.yaml"];

  test.each<[string, string, () => Promise<string[]>]>([
    ["a missing file", "input_invalid", async () => ["run", "demo-brisque", "gone.jpg"]],
    ["a text called .jpg", "image_undecodable", async () => ["run", "demo-brisque", await file("text.jpg", "hello")]],
    [
      "a cut-off picture",
      "image_undecodable",
      async () => ["run", "demo-brisque", await file("cut.png", (await readFile(pizza)).subarray(0, 1500))],
    ],
    [
      "900 million pixels",
      "image_too_large",
      async () => ["run", "demo-brisque", await file("huge.png", png(30_000, 30_000))],
    ],
    ["an unknown model", "model_not_found", async () => ["run", "emoji-clpi", pizza]],
    ["an unknown task", "task_unknown", async () => ["run", "emoji-clip", pizza, "--task", "match-imag"]],
    [
      "a task that the model lacks",
      "task_unsupported",
      async () => ["run", "demo-brisque", pizza, "--task", "embed-image"],
    ],
    [
      "a misspelt key",
      "model_spec_invalid",
      async () => {
        await spec((text) => text.replace("precision:", "precison:"));
        return mine;
      },
    ],
    [
      "missing weights",
      "weights_missing",
      async () => {
        await spec();
        await rm(weights());
        return mine;
      },
    ],
    [
      "empty weights",
      "weights_empty",
      async () => {
        await spec();
        await writeFile(weights(), "");
        return mine;
      },
    ],
    [
      "weights that are a folder",
      "weights_unreadable",
      async () => {
        await spec();
        await rm(weights());
        await mkdir(weights());
        return mine;
      },
    ],
    [
      "one changed byte",
      "weights_digest_mismatch",
      async () => {
        await rm(weights(), { recursive: true });
        await spec();
        const bytes = await readFile(weights());
        bytes[99] = (bytes[99] ?? 0) ^ 1;
        await writeFile(weights(), bytes);
        return mine;
      },
    ],
    [
      "models without pinned weights",
      "weights_missing",
      async () => ["run", "clip-vit-b32", pizza, "--labels", "a,b", "--models-root", folder],
    ],
    ["a drawing as .bmp", "input_invalid", async () => ["run", "demo-brisque", pizza, "--draw", "drawn.bmp"]],
    ["a drawing into nowhere", "input_invalid", async () => ["run", "demo-brisque", pizza, "--draw", "no/where.png"]],
    ["an open door", "unauthorised", async () => ["serve", "--host", "0.0.0.0"]],
    ["no server", "zoo_closed", async () => ["ps", "--url", "http://127.0.0.1:1"]],
  ])("%s is %s", async (_what, code, prepare) => {
    const args = await prepare();
    const person = await zoo(...args);
    expect([person.code, person.out]).toEqual([1, ""]);
    expect(person.err).toMatch(new RegExp(`^error ${code}: .+\\n$`));
    const machine = await zoo(...args, "--json");
    expect([machine.code, machine.err]).toEqual([1, ""]);
    expect(JSON.parse(machine.out)).toMatchObject({ error: { code } });
  });
});

/** A PNG of that size whose data ends after its first rows: a header is all that it takes to refuse it. */
function png(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const data = deflateSync(Buffer.alloc((1 + width * 3) * 2));
  const chunk = (type: string, body: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    // Readers that check sizes first never come to the checksum.
    return Buffer.concat([length, Buffer.from(type), body, Buffer.alloc(4)]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}
