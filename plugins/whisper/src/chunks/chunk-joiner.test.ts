import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ChunkJoiner } from "./chunk-joiner.ts";
import { joinOverlapping } from "./common-sequence.ts";

type Part = [ids: number[], start?: number | null, end?: number | null];

/** What transformers joined; tools/export/whisper/chunk_references.py made it. */
interface Joined {
  joined: { chunks: { ids: number[]; samples: [number, number, number] }[]; times: Part[]; text: Part[] }[];
  common: { texts: number[][]; joined: number[] }[];
}

const { joined, common } = JSON.parse(
  readFileSync(new URL("../../fixtures/chunks/joined.json", import.meta.url), "utf8"),
) as Joined;
const tokens = { endOfText: 100, firstTimestamp: 104, languages: new Set([101, 102]), timePrecision: 0.02, window: 2 };

test.each([true, false])("chunks are joined as transformers joins them, with times: %s", (timestamps) => {
  let parts = 0;
  for (const [i, { chunks, times, text }] of joined.entries()) {
    const joiner = new ChunkJoiner({ ...tokens, timestamps });
    const made = chunks.flatMap(({ ids, samples }) => {
      const [length, strideLeft, strideRight] = samples.map((count) => count / 16_000) as [number, number, number];
      return joiner.push({ ids, length, strideLeft, strideRight });
    });
    made.push(...joiner.end());
    const told = made.map(({ ids, start, end }) => (timestamps ? [ids, start ?? null, end ?? null] : [ids]));
    expect(told, `case ${i}`).toEqual(timestamps ? times : text);
    parts += told.length;
  }
  expect(parts).toBeGreaterThan(100);
});

test("texts that overlap are joined where they meet best", () => {
  expect(common.length).toBeGreaterThan(30);
  for (const { texts, joined: expected } of common) expect(joinOverlapping(texts)).toEqual(expected);
});
