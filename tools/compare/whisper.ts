/**
 * Asks a Whisper what its references were asked about two hundred recordings, and compares texts, times, words and figures.
 *
 *     python tools/compare/whisper/recordings.py RECORDINGS                 # espeak-ng, sox
 *     python tools/compare/whisper/checkpoints.py MODELS [CTRANSLATE2]      # three tiny checkpoints, and a real one
 *     python tools/compare/whisper/references.py MODELS/NAME/checkpoint RECORDINGS ANSWERS.json
 *     npm run compare:whisper -- --model MODELS/NAME --recordings RECORDINGS --answers ANSWERS.json --vad silero_vad_v6.onnx
 *
 * What differs is written to ANSWERS.json.doubts; `references.py … --doubts` of it says where rounding decides between two texts,
 * and the next comparison counts those as ties. Exits with 1 where anything else differs.
 */
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { TranscribeAudioInput, TranscribeAudioOutput, TranscribedWord } from "@menagerie/core";
import { loadWhisperModel } from "@menagerie/plugin-whisper";

interface ReferenceSegment {
  readonly text: string;
  readonly start: number | null;
  readonly end: number | null;
  readonly avg_logprob?: number;
  readonly no_speech_prob?: number;
  readonly compression_ratio?: number;
  readonly words?: readonly TranscribedWord[];
}

interface Reference {
  readonly input: Omit<TranscribeAudioInput, "audio">;
  readonly answer: {
    readonly text?: string;
    readonly language?: string;
    readonly speech?: readonly { readonly start: number; readonly end: number }[];
    readonly segments: readonly ReferenceSegment[];
  };
}

type References = Record<string, { readonly seconds: number | null; readonly ways: Record<string, Reference> }>;

/** What was compared of one way to ask. */
class Tally {
  recordings = 0;
  ties = 0;
  segments = 0;
  words = 0;
  spans = 0;
  readonly different: string[] = [];
  readonly farthest: Record<string, number> = {};

  note(what: string, ours: number | undefined, theirs: number | undefined): void {
    if (theirs === undefined) return;
    const distance = Math.abs((ours ?? Number.POSITIVE_INFINITY) - theirs);
    this.farthest[what] = Math.max(this.farthest[what] ?? 0, distance);
  }
}

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    recordings: { type: "string" },
    answers: { type: "string" },
    vad: { type: "string" },
    cache: { type: "string" },
  },
});
const { model, recordings, answers, vad, cache } = values;
if (model === undefined || recordings === undefined || answers === undefined)
  throw new Error("--model, --recordings and --answers are needed");
if (vad !== undefined) await copyFile(vad, join(model, "silero_vad.onnx"));
const references = JSON.parse(await readFile(answers, "utf8")) as References;
const ties = JSON.parse(await readFile(`${answers}.doubts.ties`, "utf8").catch(() => "[]")) as [string, string][];
await using whisper = await loadWhisperModel(model, cache === undefined ? {} : { cacheDir: cache });
const tallies: Record<string, Tally> = {};
const doubts: [string, string][] = [];
for (const [name, { seconds, ways }] of Object.entries(references)) {
  const { audio, length } = await recordingOf(join(recordings, `${name}.wav`), seconds);
  for (const [way, reference] of Object.entries(ways)) {
    tallies[way] ??= new Tally();
    const tally = tallies[way];
    const answer = await whisper.transcribe(audio, reference.input);
    tally.recordings++;
    const problem = compare(reference, answer, length, tally);
    if (problem === undefined) continue;
    const isTie = ties.some(([tied, asked]) => tied === name && asked === way);
    if (isTie) tally.ties++;
    else tally.different.push(`${name}: ${problem}`);
    doubts.push([name, way]);
  }
}
await writeFile(`${answers}.doubts`, JSON.stringify(doubts));
for (const [way, tally] of Object.entries(tallies)) {
  const { different, farthest, ...counts } = tally;
  const same = tally.recordings - tally.ties - different.length;
  const distances = Object.entries(farthest).map(([what, distance]) => `${what} ${distance.toExponential(1)}`);
  console.log(
    `${way}: ${same} the same, ${different.length} different; ${JSON.stringify(counts)}; at most ${distances.join(", ")}`,
  );
  for (const line of different) console.log(`  ${line}`);
}
if (Object.values(tallies).some(({ different }) => different.length > 0)) process.exitCode = 1;

/** The bytes of a WAV of sox's, cut off after so many seconds, and how long it is then. */
async function recordingOf(file: string, seconds: number | null): Promise<{ audio: Uint8Array; length: number }> {
  const whole = new Uint8Array(await readFile(file));
  const kept = seconds === null ? whole.length : Math.min(whole.length, 44 + Math.floor(seconds * 16_000) * 2);
  const audio = whole.slice(0, kept);
  const view = new DataView(audio.buffer);
  view.setUint32(4, kept - 8, true);
  view.setUint32(40, kept - 44, true);
  return { audio, length: (kept - 44) / 32_000 };
}

function samples(seconds: number): number {
  return Math.round(seconds * 16_000);
}

/** What differs in what was decided; figures are noted in the tally. No time of ours is beyond what was heard. */
function compare({ answer }: Reference, ours: TranscribeAudioOutput, length: number, tally: Tally): string | undefined {
  const { speech, segments, text, language } = answer;
  const samplesOf = (spans: typeof speech): unknown => spans?.map((span) => [span.start, span.end].map(samples));
  if (JSON.stringify(samplesOf(ours.speech)) !== JSON.stringify(samplesOf(speech)))
    return `speech ${JSON.stringify([ours.speech, speech])}`;
  tally.spans += speech?.length ?? 0;
  if (text !== undefined && text !== ours.text) return `text ${JSON.stringify([ours.text, text])}`;
  if (segments.length > 0 && ours.language !== undefined && language !== undefined && ours.language !== language)
    return `language ${ours.language}, ${language}`;
  if (ours.segments.length !== segments.length)
    return `${ours.segments.length} segments, ${segments.length}: ${JSON.stringify([ours.segments.map((one) => one.text), segments.map((one) => one.text)])}`;
  const last = speech?.at(-1)?.end ?? length;
  const isAt = (at: number, expected: number): boolean => Math.abs(at - Math.min(expected, last)) < 0.0051;
  for (const [i, expected] of segments.entries()) {
    const told = ours.segments[i];
    if (told === undefined) continue;
    // openai/whisper takes the text of a segment away that begins and ends at once.
    const isEmptied = expected.text === "" && expected.words !== undefined;
    if (!isEmptied && told.text !== expected.text) return `text ${JSON.stringify([told.text, expected.text])}`;
    for (const at of ["start", "end"] as const) {
      const time = expected[at];
      if (time !== null && !isAt(told[at], time)) return `${at} of ${JSON.stringify(told.text)}: ${told[at]}, ${time}`;
    }
    tally.segments++;
    tally.note("avg_logprob", told.avg_logprob, expected.avg_logprob);
    tally.note("no_speech_prob", told.no_speech_prob, expected.no_speech_prob);
    if (!isEmptied) tally.note("compression_ratio", told.compression_ratio, expected.compression_ratio);
    const words = isEmptied ? [] : (expected.words ?? []);
    if (!isEmptied && expected.words !== undefined && told.words?.length !== words.length)
      return `${told.words?.length} words, ${words.length}`;
    for (const [j, word] of words.entries()) {
      const said = told.words?.[j];
      if (said?.word !== word.word || !isAt(said.start, word.start) || !isAt(said.end, word.end))
        return `word ${JSON.stringify([said, word])}`;
      tally.words++;
      tally.note("probability", said.probability, word.probability);
    }
  }
  return undefined;
}
