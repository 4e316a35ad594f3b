import { WhisperFrontEnd, whisperSettings } from "@menagerie/audio";
import { inPairs } from "./pairs.ts";
import type { Peer } from "./peer.ts";

const config = {
  feature_size: 80,
  sampling_rate: 16_000,
  hop_length: 160,
  n_fft: 400,
  chunk_length: 30,
  n_samples: 480_000,
  nb_max_frames: 3000,
  padding_value: 0,
};

/** Whisper's features of 30 seconds and of 5, 80 x 3000. */
export async function benchLogMel(peer: Peer): Promise<string> {
  const frontEnd = new WhisperFrontEnd(whisperSettings(config));
  const extractor = new peer.WhisperFeatureExtractor(config);
  const lines: string[] = [];
  for (const [seconds, rounds] of [
    [30, 21],
    [5, 21],
  ] as const) {
    const audio = voice(seconds * 16_000);
    const theirs = async () => (await extractor(audio)).input_features.data;
    const ours = () => frontEnd.window(audio).data;
    const pairs = await inPairs({ name: "transformers.js", run: theirs }, { name: "Menagerie", run: ours }, rounds);
    const [a, b] = [await theirs(), ours()];
    const furthest = b.reduce((most, value, i) => Math.max(most, Math.abs(value - (a[i] ?? Number.NaN))), 0);
    lines.push(
      `Log-mel of ${seconds} s, ${rounds} pairs${seconds === 30 ? ", goal 7x" : ""}:`,
      ...pairs,
      `  furthest apart       ${furthest.toExponential(1)} (each is held to numpy's float64 by its own tests)`,
    );
  }
  return lines.join("\n");
}

/** A gliding tone with overtones, swelling and fading. */
function voice(samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, i) => {
    const t = i / 16_000;
    const pitch = 2 * Math.PI * (140 * t + 8 * Math.sin(2 * t));
    const loudness = 0.25 * (1 + Math.sin(5 * t)) ** 2;
    return loudness * (0.5 * Math.sin(pitch) + 0.3 * Math.sin(3.01 * pitch) + 0.1 * Math.sin(17.3 * pitch));
  });
}
