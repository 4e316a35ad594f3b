/** What bytes are, as HTTP says it, and the ending of such a file. */
export interface MediaType {
  readonly mediaType: string;
  readonly extension: string;
}

/** By what the bytes begin with; the place from which it is compared, where it is not the first. */
const signatures: readonly (readonly [start: string, at: number, mediaType: string, extension: string])[] = [
  ["\x89PNG\r\n\x1a\n", 0, "image/png", ".png"],
  ["\xff\xd8\xff", 0, "image/jpeg", ".jpg"],
  ["GIF8", 0, "image/gif", ".gif"],
  ["WEBP", 8, "image/webp", ".webp"],
  ["ftypavif", 4, "image/avif", ".avif"],
  ["BM", 0, "image/bmp", ".bmp"],
  ["II*\0", 0, "image/tiff", ".tiff"],
  ["MM\0*", 0, "image/tiff", ".tiff"],
  ["WAVE", 8, "audio/wav", ".wav"],
  ["fLaC", 0, "audio/flac", ".flac"],
  ["OggS", 0, "audio/ogg", ".ogg"],
  ["ID3", 0, "audio/mpeg", ".mp3"],
  ["\xff\xfb", 0, "audio/mpeg", ".mp3"],
  ["ftyp", 4, "video/mp4", ".mp4"],
  ["\x1a\x45\xdf\xa3", 0, "video/webm", ".webm"],
  ["\x93NUMPY", 0, "application/x-npy", ".npy"],
];

/** What the bytes begin like; where they begin like nothing known, what the schema promises of them. */
export function mediaTypeOf(bytes: Uint8Array, promised?: unknown): MediaType {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  const found = signatures.find(([start, at]) => head.startsWith(start, at));
  if (found !== undefined) return { mediaType: found[2], extension: found[3] };
  const type = typeof promised === "string" && !promised.includes("*") ? promised : "application/octet-stream";
  const named = signatures.find(([, , mediaType]) => mediaType === type);
  return { mediaType: type, extension: named?.[3] ?? ".bin" };
}
