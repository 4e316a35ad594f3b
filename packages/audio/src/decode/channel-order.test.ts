import { expect, test } from "vitest";
import { opusOutput } from "../container/opus-output.ts";
import { inWavOrder } from "./channel-order.ts";

// What `ffmpeg -i` gives of Vorbis and Opus with a tone of its own in each channel.
test.each([
  [["L", "R"], "L R"],
  [["L", "C", "R"], "L R C"],
  [["L", "R", "BL", "BR"], "L R BL BR"],
  [["L", "C", "R", "BL", "BR"], "L R C BL BR"],
  [["L", "C", "R", "BL", "BR", "LFE"], "L R C LFE BL BR"],
  [["L", "C", "R", "SL", "SR", "BC", "LFE"], "L R C LFE BC SL SR"],
  [["L", "C", "R", "SL", "SR", "BL", "BR", "LFE"], "L R C LFE BL BR SL SR"],
])("channels come in the order of WAV: %j", (names, expected) => {
  const channels = names.map((_, i) => Float32Array.of(i));
  const named = (found: readonly Float32Array[]): string => found.map(([i = 0]) => names[i]).join(" ");
  expect(named(inWavOrder(channels))).toBe(expected);
  const family = (number: number): Uint8Array => new Uint8Array(19).fill(number, 18);
  expect(named(opusOutput({ channels, sampleRate: 48_000 }, family(1)).channels)).toBe(expected);
  expect(named(opusOutput({ channels, sampleRate: 48_000 }, family(255)).channels)).toBe(names.join(" "));
});
