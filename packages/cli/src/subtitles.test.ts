import { expect, test } from "vitest";
import { subRip, subtitlesObstacle, webVtt } from "./subtitles.ts";

const segments = [
  { start: 0, end: 7.9996, text: " And so my fellow Americans" },
  { start: 3725.04, end: 3726, text: " <b> & more\n\n of it " },
];

test("SubRip has numbered cues, and milliseconds after a comma", () => {
  expect(subRip(segments)).toBe(
    "1\n00:00:00,000 --> 00:00:08,000\nAnd so my fellow Americans\n\n2\n01:02:05,040 --> 01:02:06,000\n<b> & more\nof it\n",
  );
});

test("WebVTT has its header, milliseconds after a full stop, and no markup that nobody wrote", () => {
  expect(webVtt(segments)).toBe(
    "WEBVTT\n\n00:00:00.000 --> 00:00:08.000\nAnd so my fellow Americans\n\n01:02:05.040 --> 01:02:06.000\n&lt;b&gt; &amp; more\nof it\n",
  );
  expect(webVtt([])).toBe("WEBVTT\n");
});

test("subtitles are of one recording that is written down", () => {
  expect(subtitlesObstacle("a.SRT", "transcribe-audio", ["talk.wav"])).toBeUndefined();
  expect(subtitlesObstacle("a.txt", "transcribe-audio", ["talk.wav"])).toContain(".srt or .vtt");
  expect(subtitlesObstacle("a.srt", "classify-image", ["cat.png"])).toContain("classify-image");
  expect(subtitlesObstacle("a.srt", "transcribe-audio", ["a.wav", "b.wav"])).toContain("one recording");
  expect(subtitlesObstacle("a.srt", "transcribe-audio", ["a.wav"], false)).toContain("--no-timestamps");
});
