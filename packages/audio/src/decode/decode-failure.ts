import { ModelError } from "@menagerie/core";
import { describeBytes, unknownKind } from "./audio-format.ts";
import { latin } from "./latin.ts";

const supported = "a WAV, FLAC, MP3, Ogg (Vorbis, Opus, FLAC), AIFF, AU, CAF, MP4 or WebM file";
const conversion =
  "Convert it: ffmpeg -i FILE -ar 16000 -ac 1 FILE.wav (for speech; without -ar and -ac it keeps its rate and channels).";

/** The error for bytes that do not begin like any recording that is decoded here. */
export function notARecording(bytes: Uint8Array): ModelError {
  const described = describeBytes(bytes);
  const first = latin(bytes, 0, 4);
  const isUnknown = described === unknownKind && bytes.byteLength > 0;
  const what = bytes.byteLength === 0 ? "are empty" : `look like ${described}`;
  const advice = first === "\x1f\x43\xb6\x75" ? "Send all parts joined, the first one first. Or send" : "Send";
  const raw = "Raw samples do not tell their rate: zoo run takes it as --rate; others write them as WAV.";
  return new ModelError(
    "audio_undecodable",
    `The bytes given as audio ${what}. ${advice} the bytes of ${supported}; the name of a file says nothing about them. ${isUnknown ? `${raw} ` : ""}${conversion}`,
    { details: { bytes: bytes.byteLength } },
  );
}

/** The error for sound that is coded in a way for which there is no decoder here. @param what begins a sentence: "An M4A file with AAC in it" */
export function notReadHere(what: string): ModelError {
  const name = what.replaceAll(/[^ -~]/g, "?");
  return new ModelError("audio_undecodable", `${name} is not decoded here. ${conversion}`, { details: { what: name } });
}

/** The error for a file that begins like a recording and then fails to be one. */
export function damaged(format: string, what: string, cause?: unknown): ModelError {
  return new ModelError(
    "audio_undecodable",
    `The ${format} recording ${what}. Send the whole file as it was written, or convert it to WAV.`,
    { details: { format }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** The error for a container that holds pictures alone, or nothing. */
export function withoutSound(format: string): ModelError {
  return new ModelError(
    "audio_undecodable",
    `The ${format} file has no sound in it, so that there is nothing to hear. Send one with a sound track: ffprobe FILE lists what a file holds.`,
    { details: { format } },
  );
}

/** The decoder's own complaint as the error that it is. */
export function decoderFailure(format: string, cause: unknown): ModelError {
  const reason = cause instanceof Error ? (cause.message.split("\n", 1)[0] ?? "") : String(cause);
  if (/out of memory|allocation failed|Array buffer/i.test(reason)) {
    const message = `The ${format} recording takes more memory once decoded than this process may have (${reason}). Send a shorter one.`;
    return new ModelError("insufficient_memory", message, { details: { format, reason }, cause });
  }
  // A decoder that stumbles over what it reads (TypeError and the like) complains of itself, which tells no one anything.
  const isOwnFault = cause instanceof TypeError || cause instanceof ReferenceError || cause instanceof RangeError;
  return damaged(format, `is damaged or of a rare kind (${isOwnFault ? "its decoder fails on it" : reason})`, cause);
}
