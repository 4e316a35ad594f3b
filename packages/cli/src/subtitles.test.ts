import { expect, test } from "vitest";
import { subRip, subtitlesObstacle, tabSeparated, webVtt } from "./subtitles.ts";

const segments = [
  { start: 0, end: 7.9996, text: " And so my fellow Americans" },
  { start: 3725.04, end: 3726, text: " <b> & more\n\n of it " },
];

test("SubRip has numbered cues, and milliseconds after a comma", () => {
  expect(subRip(segments)).toBe(
    "1\n00:00:00,000 --> 00:00:08,000\nAnd so my fellow Americans\n\n2\n01:02:05,040 --> 01:02:06,000\n<b> & more\nof it\n",
  );
});

test("a transcript of any script is written as it was heard", () => {
  const heard = [
    { start: 0, end: 1, text: " मेरा नाम राम है" },
    { start: 1, end: 2, text: " أهلا وسهلا, 你好" },
  ];
  for (const write of [subRip, webVtt, tabSeparated]) {
    expect(write(heard)).toContain("मेरा नाम राम है");
    expect(write(heard)).toContain("أهلا وسهلا, 你好");
  }
});

test("WebVTT has its header, milliseconds after a full stop, and no markup that nobody wrote", () => {
  expect(webVtt(segments)).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:08.000\nAnd so my fellow Americans\n\n01:02:05.040 --> 01:02:06.000\n&lt;b&gt; &amp; more\nof it\n",
  );
  expect(webVtt([])).toBe("WEBVTT\n");
});

const words = (...timed: [string, number, number][]) =>
  timed.map(([word, start, end]) => ({ word, start, end, probability: 1 }));
const spoken = [
  {
    start: 0,
    end: 1.6,
    text: " And so my fellow",
    words: words([" And", 0, 0.5], [" so", 0.5, 0.8], [" my", 0.9, 1.1], [" fellow", 1.1, 1.6]),
  },
  {
    start: 5.2,
    end: 7,
    text: " Ask <not> what, now.",
    words: words([" Ask", 5.2, 5.5], [" <not>", 5.5, 6], [" what,", 6, 6.5], [" now.", 6.5, 7]),
  },
];
/** What is shown of each cue. */
const shown = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n\n")
    .map((cue) => cue.split("\n").slice(1).join("|"));

// WriteSRT and WriteTSV of openai/whisper 20250625 with the same words and options
test("words are laid out as openai/whisper's command line lays them out", () => {
  expect(shown(subRip(spoken))).toEqual([
    "00:00:00,000 --> 00:00:01,600|And so my fellow",
    "00:00:05,200 --> 00:00:07,000|Ask <not> what, now.",
  ]);
  expect(shown(subRip(spoken, { maxLineWidth: 10, maxLineCount: 2 }))).toEqual([
    "00:00:00,000 --> 00:00:01,600|And so my|fellow",
    "00:00:05,200 --> 00:00:07,000|Ask <not>|what, now.",
  ]);
  expect(shown(subRip(spoken, { maxWordsPerLine: 3 }))).toEqual([
    "00:00:00,000 --> 00:00:01,100|And so my",
    "00:00:01,100 --> 00:00:01,600|fellow",
    "00:00:05,200 --> 00:00:06,500|Ask <not> what,",
    "00:00:06,500 --> 00:00:07,000|now.",
  ]);
  expect(shown(subRip(spoken, { highlightWords: true, maxLineWidth: 8 }))).toEqual([
    "00:00:00,000 --> 00:00:00,500|<u>And</u> so|my|fellow",
    "00:00:00,500 --> 00:00:00,800|And <u>so</u>|my|fellow",
    "00:00:00,800 --> 00:00:00,900|And so|my|fellow",
    "00:00:00,900 --> 00:00:01,100|And so|<u>my</u>|fellow",
    "00:00:01,100 --> 00:00:01,600|And so|my|<u>fellow</u>",
    "00:00:05,200 --> 00:00:05,500|<u>Ask</u>|<not>|what,|now.",
    "00:00:05,500 --> 00:00:06,000|Ask|<u><not></u>|what,|now.",
    "00:00:06,000 --> 00:00:06,500|Ask|<not>|<u>what,</u>|now.",
    "00:00:06,500 --> 00:00:07,000|Ask|<not>|what,|<u>now.</u>",
  ]);
  expect(tabSeparated(spoken)).toBe("start\tend\ttext\n0\t1600\tAnd so my fellow\n5200\t7000\tAsk <not> what, now.\n");
});

test("WebVTT underlines a word without taking what it holds for markup", () => {
  expect(webVtt(spoken, { highlightWords: true })).toContain("Ask <u>&lt;not&gt;</u> what, now.");
});

test("subtitles are of one recording that is written down", () => {
  expect(subtitlesObstacle("a.SRT", "transcribe-audio", ["talk.wav"])).toBeUndefined();
  expect(subtitlesObstacle("a.doc", "transcribe-audio", ["talk.wav"])).toContain(".txt or .json");
  expect(subtitlesObstacle("-", "transcribe-audio", ["talk.wav"])).toContain("takes the name of a file");
  expect(subtitlesObstacle("a.srt", "classify-image", ["cat.png"])).toContain("classify-image");
  expect(subtitlesObstacle("a.srt", "transcribe-audio", ["a.wav", "b.wav"])).toContain("one recording");
  expect(subtitlesObstacle("a.srt", "transcribe-audio", ["a.wav"], false)).toContain("--no-timestamps");
});
