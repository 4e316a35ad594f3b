import { basename, extname } from "node:path";
import { isModelError, ModelError } from "@menagerie/core";
import { shellCommand } from "@menagerie/core/adopt";

/** Errors about the bytes of one file. */
const aboutBytes = new Set(["image_undecodable", "image_too_large", "audio_undecodable", "audio_too_large"]);

/**
 * The same error with what only the command line knows: the name of the file that it is about, before its words and in the commands
 * that they advise. Any other error is left as it is.
 * @param names of the files of the question, in order
 */
export function aboutFile(error: unknown, names: readonly string[]): unknown {
  if (!isModelError(error) || !aboutBytes.has(error.code)) return error;
  const [, place] = /^Picture (\d+) of \d+: /.exec(error.message) ?? [];
  const name = place === undefined ? (names.length === 1 ? names[0] : undefined) : names[Number(place) - 1];
  if (name === undefined) return error;
  const said = error.message.replace(/^Picture \d+ of \d+: /, "");
  const { code, model, details, cause } = error;
  return new ModelError(code, `${name === "-" ? "standard input" : name}: ${withName(said, name)}`, {
    ...(model === undefined ? {} : { model }),
    details: { ...details, file: name },
    cause,
  });
}

/** `ffmpeg -i FILE … FILE.wav`, `magick picture.heic picture.png` with the true names. */
export function withName(message: string, name: string): string {
  if (name === "-") return message;
  const ending = extname(name);
  const made = (extension: string): string => {
    const plain = `${basename(name, ending)}${extension}`;
    return shellCommand(plain === basename(name) ? `${basename(name, ending)}-converted${extension}` : plain);
  };
  const own = shellCommand(name);
  return message
    .replaceAll(/\bFILE(\.\w+)/g, (_, extension: string) => made(extension))
    .replaceAll(/\bFILE\b/g, () => own)
    .replace(/\b(magick|ffmpeg -i) (?:picture|video)\.\w+/, (_, tool: string) => `${tool} ${own}`)
    .replace(/\bpicture(\.png|\.jpg)\b/, (_, extension: string) => made(extension));
}
