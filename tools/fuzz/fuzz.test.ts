import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withRightChecksums } from "./bytes/checksums.ts";
import { filePartsOf } from "./bytes/file-parts.ts";
import { readFuzzPictures, writeFuzzPictures } from "./bytes/fuzz-pictures.ts";
import { mutateBytes } from "./bytes/mutate-bytes.ts";
import { Draws } from "./draws.ts";
import { runBatch } from "./run-batch.ts";
import { plantedTarget } from "./targets/planted.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "menagerie-fuzz-"));
  await writeFuzzPictures(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (first: number, end: number): ReturnType<typeof runBatch> =>
  runBatch(
    { target: plantedTarget, seed: 1, first, end },
    { pictures: folder, place: join(folder, `place-${first}`), caseMs: 700 },
  );

test("answers, refusals and faults of a batch are told apart", async () => {
  expect(await run(0, 5)).toMatchObject({
    outcomes: { answer: 1, input_invalid: 1, fault: 3 },
    faults: [
      { number: 2, what: expect.stringContaining("code that is not the target's") },
      { number: 3, what: expect.stringContaining("TypeError: not refused at all") },
      { number: 4, what: expect.stringContaining("one is not more than two") },
    ],
  });
  expect(await run(7, 8)).toMatchObject({ outcomes: { fault: 1 } });
});

test("a case that hangs, ends its process or throws where no one waits is named", async () => {
  expect(await run(0, 6)).toMatchObject({ at: 5, why: "hang" });
  expect(await run(6, 7)).toMatchObject({ at: 6, why: "crash", what: "ended with 3\n" });
  expect(await run(8, 9)).toMatchObject({ at: 8, why: "crash", what: expect.stringContaining("Error: apart") });
});

test("memory is measured at its most, and a process that takes far too much is ended", async () => {
  expect(await run(9, 10)).toMatchObject({ outcomes: { answer: 1 }, growthMb: expect.closeTo(105, -2), fullest: 9 });
  if (process.platform === "linux") expect(await run(10, 11)).toMatchObject({ at: 10, why: "memory" });
});

test("the same case has the same bytes, and others have others", async () => {
  const pictures = await readFuzzPictures(folder);
  const mutated = (number: number): Buffer => {
    const draws = new Draws(1, "decode-image", number);
    return Buffer.from(mutateBytes(draws.pick(pictures)[1], draws));
  };
  for (let number = 0; number < 50; number++) expect(mutated(number).equals(mutated(number))).toBe(true);
  expect(new Set(Array.from({ length: 50 }, (_, number) => mutated(number).toString("base64"))).size).toBeGreaterThan(
    45,
  );
});

test("files fall into the parts that they are made of, and whole ones have right checksums already", async () => {
  const counts = new Map<string, number>();
  for (const [name, bytes] of await readFuzzPictures(folder)) {
    const parts = filePartsOf(bytes);
    expect(Buffer.concat(parts).equals(bytes), name).toBe(true);
    expect(Buffer.from(withRightChecksums(bytes)).equals(bytes), name).toBe(true);
    counts.set(name, parts.length);
  }
  expect(counts.get("known.png")).toBe(4);
  expect(counts.get("jpeg-420.jpg")).toBeGreaterThan(5);
});
