import { damaged } from "./decode-failure.ts";
import { oggPages } from "./ogg-packets.ts";
import { type OggSound, oggSound, oggStream } from "./ogg-sound.ts";

/** One of the recordings that an Ogg file consists of: each has its own headers and counts its samples from 0. */
export interface OggLink {
  readonly format: OggSound["format"];
  /** The pages of its sound alone. */
  readonly bytes: Uint8Array;
}

/** An hour of radio has some twenty; each takes a decoder of its own. */
const mostLinks = 256;

/**
 * The links of a chained Ogg file in their order (RFC 3533, section 4), as `cat` and radio stations make them; of any
 * other file the one that it is.
 *
 * A page that the file ends within is left out: what its packets give would be made up.
 *
 * @throws ModelError `audio_undecodable` for a link without sound, and for too many
 */
export function oggLinks(bytes: Uint8Array): OggLink[] {
  const file = withoutCutPage(bytes);
  const starts = linkStarts(file);
  return starts.map((start, i) => {
    const part = file.subarray(start, starts[i + 1]);
    const sound = oggSound(part);
    if (sound === undefined)
      throw damaged(
        "Ogg",
        `has no Vorbis, Opus or FLAC in part ${i + 1} of the ${starts.length} that follow each other`,
      );
    return { format: sound.format, bytes: sound.isOneOfSeveral ? oggStream(part, sound.stream) : part };
  });
}

function withoutCutPage(file: Uint8Array): Uint8Array {
  const last = Buffer.from(file.buffer, file.byteOffset, file.byteLength).lastIndexOf("OggS");
  // That the first page is cut is told where its header is read.
  if (last <= 0) return file;
  const [page] = oggPages(file.subarray(last));
  return page?.isWhole === true ? file : file.subarray(0, last);
}

/** The first pages of all streams of a link come together, before any other. */
function linkStarts(file: Uint8Array): number[] {
  const starts = [0];
  let isAmongFirst = true;
  for (const page of oggPages(file)) {
    if (page.isFirst && !isAmongFirst) starts.push(page.bytes.byteOffset - file.byteOffset);
    isAmongFirst = page.isFirst;
    if (starts.length > mostLinks) throw damaged("Ogg", `consists of more than ${mostLinks} that follow each other`);
  }
  return starts;
}
