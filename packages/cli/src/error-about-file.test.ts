import { ModelError } from "@menagerie/core";
import { expect, test } from "vitest";
import { aboutFile } from "./error-about-file.ts";

const told = (message: string, names: readonly string[]): string =>
  (aboutFile(new ModelError("audio_undecodable", message), names) as Error).message;

test("an error about a file's bytes names the file, also in the command that converts it", () => {
  expect(told("It is AAC. Convert it: ffmpeg -i FILE -ar 16000 -ac 1 FILE.wav (for speech).", ["in/my talk.m4a"])).toBe(
    "in/my talk.m4a: It is AAC. Convert it: ffmpeg -i 'in/my talk.m4a' -ar 16000 -ac 1 'my talk.wav' (for speech).",
  );
  expect(told("It is HEIF. Convert it, for example with: magick picture.heic picture.png", ["a.heic"])).toBe(
    "a.heic: It is HEIF. Convert it, for example with: magick a.heic a.png",
  );
  expect(told("for example with: ffmpeg -i video.mp4 -frames:v 1 picture.png", ["really.png"])).toBe(
    "really.png: for example with: ffmpeg -i really.png -frames:v 1 really-converted.png",
  );
});

test("of several pictures in one question the one is named that the error is about", () => {
  expect(told("Picture 2 of 3: It is truncated.", ["a.png", "b.png", "c.png"])).toBe("b.png: It is truncated.");
  expect(told("It is truncated.", ["a.png", "b.png"])).toBe("It is truncated.");
});

test("standard input has no name to convert, and other errors stay as they are", () => {
  expect(told("Convert it: ffmpeg -i FILE FILE.wav", ["-"])).toBe(
    "standard input: Convert it: ffmpeg -i FILE FILE.wav",
  );
  const other = new ModelError("queue_full", "FILE");
  expect(aboutFile(other, ["a.png"])).toBe(other);
});
