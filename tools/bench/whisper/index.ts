/**
 * Measures Whisper beside `@huggingface/transformers`, in one process, on the same ONNX files and recording, in turn. That
 * library takes samples at 16 kHz, so ours is given them too, as a WAV file; faster-whisper decodes the recording itself,
 * and so does ours beside it.
 *
 *     npm run bench:whisper -- --model DIR --audio FILE              a checkpoint in the layout of the public conversions
 *     npm run bench:whisper -- … --python PYTHON --ctranslate2 DIR    beside faster-whisper too, on its own form of the weights
 *     npm run bench:whisper -- … --threads 4 --rounds 10
 */
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { decodeAudio, mixToMono, resample } from "@menagerie/audio";
import { loadWhisperModel } from "@menagerie/plugin-whisper";
import { Tokenizer } from "@menagerie/text";
import { inPairs } from "../kits/pairs.ts";
import { startFasterWhisper } from "./faster-whisper.ts";
import { loadWhisperPeer } from "./whisper-peer.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    audio: { type: "string" },
    python: { type: "string" },
    ctranslate2: { type: "string" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "7" },
  },
});
const { model, audio, python, ctranslate2 } = values;
if (model === undefined || audio === undefined)
  throw new Error("Say which checkpoint and which recording: --model DIR --audio FILE");
const threads = Number(values.threads);
const rounds = Number(values.rounds);

const bytes = new Uint8Array(await readFile(audio));
const recording = await decodeAudio(bytes);
const samples = resample(mixToMono(recording), recording.sampleRate, 16_000);
const tokenizer = await Tokenizer.read(resolve(model, "tokenizer.json"));
await using prepared = await mkdtempDisposable(join(tmpdir(), "bench-whisper-"));
await using whisper = await loadWhisperModel(model, { threads, cacheDir: prepared.path });
const peer = await loadWhisperPeer(dirname(resolve(model)), basename(resolve(model)), threads);

const transcribed = (audio: Uint8Array) => async () =>
  (await whisper.transcribe(audio, { timestamps: false, num_beams: 1 })).text;
const ours = { name: "Menagerie", run: transcribed(floatWav(samples)) };
const theirs = { name: "transformers.js", run: async () => tokenizer.decode(await peer(samples)) };
const seconds = samples.length / 16_000;
const [a, b] = [await theirs.run(), await ours.run()];
const report = [
  `${basename(audio)}, ${seconds.toFixed(1)} s, ${basename(model)}, ${threads} thread(s), greedy, ${rounds} pairs:`,
  ...(await inPairs(theirs, ours, rounds, 1)),
  `  texts                ${a === b ? "identical" : `differ:\n    ${a}\n    ${b}`}`,
];
if (python !== undefined && ctranslate2 !== undefined) {
  await using faster = startFasterWhisper(python, { model: ctranslate2, audio: resolve(audio), threads });
  report.push("beside faster-whisper (float32, its own decoding of the file included):");
  const oursFromFile = { name: "Menagerie", run: transcribed(bytes) };
  report.push(...(await inPairs({ name: "faster-whisper", run: () => faster.run() }, oursFromFile, rounds, 1)));
}
process.stdout.write(`${report.join("\n")}\n`);

/** Samples at 16 kHz as a WAV file of float32. */
function floatWav(samples: Float32Array): Uint8Array {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  for (const [at, value] of [3, 1].entries()) header.writeUInt16LE(value, 20 + 2 * at);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(64_000, 28);
  for (const [at, value] of [4, 32].entries()) header.writeUInt16LE(value, 32 + 2 * at);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
