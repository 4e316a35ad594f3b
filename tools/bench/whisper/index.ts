/**
 * Measures Whisper beside `@huggingface/transformers`, in one process, on the same ONNX files and recording, in turn.
 *
 *     npm run bench:whisper -- --model DIR --audio FILE              a checkpoint in the layout of the public conversions
 *     npm run bench:whisper -- … --python PYTHON --ctranslate2 DIR    beside faster-whisper too, on its own form of the weights
 *     npm run bench:whisper -- … --threads 4 --rounds 10
 */
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
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
await using whisper = await loadWhisperModel(model, { threads });
const peer = await loadWhisperPeer(dirname(resolve(model)), basename(resolve(model)), threads);

const ours = { name: "Menagerie", run: async () => (await whisper.transcribe(bytes, { timestamps: false })).text };
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
  report.push(...(await inPairs({ name: "faster-whisper", run: () => faster.run() }, ours, rounds, 1)));
}
process.stdout.write(`${report.join("\n")}\n`);
