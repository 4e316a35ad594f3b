import { latin } from "./latin.ts";

/** One MPEG audio frame's header (ISO 11172-3, 13818-3), layers I to III. */
export interface Mp3Header {
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samplesPerFrame: number;
  readonly frameBytes: number;
}

/**
 * Where the first frame begins at or shortly after `from`, or nothing: at `from` itself one header is enough if the
 * file ends with that frame; elsewhere the next ones have to follow where each frame ends.
 */
export function mp3Start(bytes: Uint8Array, from: number, reach: number = 4096): number | undefined {
  const latest = Math.min(from + reach, bytes.length - 4);
  for (let at = from; at <= latest; at++) {
    if (bytes[at] === 0xff && isChain(bytes, at, at === from ? 2 : 4)) return at;
  }
  return undefined;
}

/** The stretches of the file that are frames like the first one, without the tags and the rubbish between and after them. */
export function mp3Runs(bytes: Uint8Array, start: number): Uint8Array[] {
  const first = mp3Header(bytes, start);
  const runs: Uint8Array[] = [];
  let runStart = start;
  for (let at = start; first !== undefined; ) {
    const header = mp3Header(bytes, at);
    const isAlike = header?.sampleRate === first.sampleRate && header.samplesPerFrame === first.samplesPerFrame;
    if (isAlike) {
      at += header.frameBytes;
      continue;
    }
    if (at > runStart) runs.push(bytes.subarray(runStart, at));
    const next = mp3Start(bytes, at + 1, bytes.length);
    if (next === undefined) break;
    runStart = next;
    at = next;
  }
  return runs;
}

/** The header at a place, or nothing if there is none that can be. Free-format frames, of no stated length, are not. */
export function mp3Header(bytes: Uint8Array, at: number): Mp3Header | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.subarray(at, at + 4);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = (second >> 3) & 3;
  const layer = 4 - ((second >> 1) & 3);
  const rate = sampleRates[(third >> 2) & 3];
  if (version === 1 || layer === 4 || rate === undefined) return undefined;
  const isFirst = version === 3;
  const kilobits = (isFirst ? bitrates[`1/${layer}`] : bitrates[layer === 1 ? "2/1" : "2/2"])?.[third >> 4];
  if (kilobits === undefined || kilobits === 0) return undefined;
  const sampleRate = isFirst ? rate : version === 2 ? rate / 2 : rate / 4;
  const samplesPerFrame = layer === 1 ? 384 : layer === 2 || isFirst ? 1152 : 576;
  const slotBytes = layer === 1 ? 4 : 1;
  const slots = Math.floor((samplesPerFrame * kilobits * 125) / (sampleRate * slotBytes)) + ((third >> 1) & 1);
  return { sampleRate, channels: fourth >> 6 === 3 ? 1 : 2, samplesPerFrame, frameBytes: slots * slotBytes };
}

/** Frames of the whole stream as its first frame says where an encoder left a note (Xing, Info) in it. */
export function mp3FrameCount(bytes: Uint8Array, start: number): number | undefined {
  const end = Math.min(bytes.length - 12, start + 48);
  for (let at = start + 4; at <= end; at++) {
    if (!/^(?:Xing|Info)$/.test(latin(bytes, at, at + 4))) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return (view.getUint32(at + 4) & 1) === 0 ? undefined : view.getUint32(at + 8);
  }
  return undefined;
}

function isChain(bytes: Uint8Array, start: number, count: number): boolean {
  let at = start;
  let rate = 0;
  for (let i = 0; i < count; i++) {
    if (i > 0 && at >= bytes.length) return start === 0 || i > 1;
    const header = mp3Header(bytes, at);
    if (header === undefined || (rate !== 0 && header.sampleRate !== rate)) return false;
    rate = header.sampleRate;
    at += header.frameBytes;
  }
  return true;
}

const sampleRates = [44_100, 48_000, 32_000];

/** kbit/s by MPEG version and layer, by index; index 0 is the free format. */
const bitrates: Readonly<Record<string, readonly number[]>> = {
  "1/1": [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  "1/2": [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  "1/3": [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  "2/1": [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  "2/2": [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
