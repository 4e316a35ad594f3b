import type { PixelWindow } from "../rgb-image.ts";
import { startWasm, type WasmMemory } from "../start-wasm.ts";
import type { JpegComponent, JpegFrame } from "./jpeg-frame.ts";
import { jpegWasm } from "./jpeg-wasm.ts";

interface Kernels {
  readonly memory: WasmMemory;
  base(): number;
  buildTable(table: number, counts: number, symbols: number, isAc: number): number;
  start(data: number, restartInterval: number): void;
  decodeRow(components: number, count: number, mcus: number, first: number, end: number, slot: number): number;
  enlargeBoth(
    near: number,
    far: number,
    samples: number,
    isFirst: number,
    isLast: number,
    sums: number,
    target: number,
  ): void;
  enlargeAcross(row: number, samples: number, isFirst: number, isLast: number, target: number): void;
  toRgb(luma: number, blue: number, red: number, width: number, target: number): void;
  greyToRgb(luma: number, width: number, target: number): void;
}

/** Bytes of a Huffman table and of a component's description, as jpeg.as lays them out. */
const tableBytes = 6544;
const componentBytes = 32;
/** Kernels read and write up to this much beside a row. */
const margin = 64;

/**
 * Decodes part of a baseline JPEG to the bytes that libjpeg gives, on this thread.
 *
 * @param window the pixels that are wanted: what lies outside is read over, what lies below not even that
 * @param pixels where they go: uint8 `[window height, window width, 3]`
 * @returns false if the data is broken (libjpeg would fill in something), or on an engine without WebAssembly's vectors
 */
export function decodeJpegWindow(
  bytes: Uint8Array,
  frame: JpegFrame,
  window: PixelWindow,
  pixels: Uint8Array,
): boolean {
  kernels ??= startWasm<Kernels>(jpegWasm);
  return kernels !== undefined && new ScanDecoder(kernels, bytes, frame, window).decode(pixels);
}

let kernels: Kernels | undefined;

interface Plane {
  readonly component: JpegComponent;
  readonly start: number;
  readonly stride: number;
}

class ScanDecoder {
  readonly #kernels: Kernels;
  readonly #frame: JpegFrame;
  readonly #window: PixelWindow;
  /** Pixels across and down an MCU. */
  readonly #mcu: { readonly width: number; readonly height: number };
  /** MCUs across and down the picture. */
  readonly #mcus: { readonly across: number; readonly down: number };
  /** Columns of MCUs that become samples, and the first row that does. */
  readonly #first: number;
  readonly #end: number;
  readonly #firstRow: number;
  readonly #planes: readonly Plane[];
  readonly #components: number;
  /** Chroma rows at full width, and the sums that they come from. */
  readonly #blue: number;
  readonly #red: number;
  readonly #sums: number;
  readonly #band: number;

  constructor(kernels: Kernels, bytes: Uint8Array, frame: JpegFrame, window: PixelWindow) {
    this.#kernels = kernels;
    this.#frame = frame;
    this.#window = window;
    const [luma] = frame.components as readonly [JpegComponent];
    this.#mcu = { width: 8 * luma.across, height: 8 * luma.down };
    this.#mcus = {
      across: Math.ceil(frame.width / this.#mcu.width),
      down: Math.ceil(frame.height / this.#mcu.height),
    };
    // A chroma sample beside the window has a part in it.
    this.#first = Math.max(0, Math.floor((window.left - 2) / this.#mcu.width));
    this.#end = Math.min(this.#mcus.across, Math.ceil((window.right + 2) / this.#mcu.width));
    this.#firstRow = Math.max(0, Math.floor((window.top - 2) / this.#mcu.height));
    const room = new Room(kernels.base());
    const tables = frame.tables.map(() => room.take(tableBytes));
    const symbols = room.take(256 + 16);
    const quantisers = frame.components.map(() => room.take(128));
    this.#components = room.take(componentBytes * frame.components.length);
    const columns = (this.#end - this.#first) * this.#mcu.width;
    this.#planes = frame.components.map((component) => {
      const stride = (this.#end - this.#first) * 8 * component.across + margin;
      // Two rows of MCUs: chroma between them needs both.
      return { component, stride, start: room.take(2 * 8 * component.down * stride + margin) + margin / 2 };
    });
    this.#blue = room.take(columns + margin);
    this.#red = room.take(columns + margin);
    this.#sums = room.take(2 * columns + 2 * margin);
    this.#band = room.take((this.#mcu.height + 1) * 3 * (window.right - window.left) + margin);
    const data = room.take(bytes.length - frame.data + margin);
    room.fitInto(kernels.memory);
    this.#write(tables, symbols, quantisers);
    const memory = new Uint8Array(kernels.memory.buffer);
    memory.set(bytes.subarray(frame.data), data);
    // A marker, so that reading ends where the file does.
    memory.fill(0xff, data + bytes.length - frame.data, data + bytes.length - frame.data + margin);
    kernels.start(data, frame.restartInterval);
  }

  decode(pixels: Uint8Array): boolean {
    if (this.#areTablesBroken) return false;
    const { top, bottom, left, right } = this.#window;
    const rowBytes = 3 * (right - left);
    let done = top;
    for (let row = 0; done < bottom; row++) {
      const [first, end] = row < this.#firstRow ? [0, 0] : [this.#first, this.#end];
      const count = this.#frame.components.length;
      if (!this.#kernels.decodeRow(this.#components, count, this.#mcus.across, first, end, row % 2)) return false;
      const ready = Math.min(bottom, this.#rowsReadyAfter(row));
      if (ready <= done) continue;
      for (let y = done; y < ready; y++) this.#emit(y, this.#band + (y - done) * rowBytes);
      pixels.set(
        new Uint8Array(this.#kernels.memory.buffer, this.#band, (ready - done) * rowBytes),
        (done - top) * rowBytes,
      );
      done = ready;
    }
    return true;
  }

  #areTablesBroken = false;

  #write(tables: readonly number[], symbols: number, quantisers: readonly number[]): void {
    const { buffer } = this.#kernels.memory;
    const bytes = new Uint8Array(buffer);
    for (const [i, table] of this.#frame.tables.entries()) {
      bytes.set(table.counts, symbols);
      bytes.set(table.symbols, symbols + 16);
      const isBuilt = this.#kernels.buildTable(tables[i] as number, symbols, symbols + 16, Number(table.isAc));
      this.#areTablesBroken ||= !isBuilt;
    }
    for (const [i, { component, start, stride }] of this.#planes.entries()) {
      const { across, down, dcTable, acTable } = component;
      new Uint16Array(buffer, quantisers[i], 64).set(component.quantisers);
      const described = [across, down, quantisers[i], tables[dcTable], tables[acTable], start, stride, 0] as number[];
      new Int32Array(buffer, this.#components + i * componentBytes, 8).set(described);
    }
  }

  /** The first row that needs what comes after this row of MCUs. */
  #rowsReadyAfter(row: number): number {
    const end = (row + 1) * this.#mcu.height;
    if (row + 1 >= this.#mcus.down) return this.#frame.height;
    // The last of them takes a share of the next row of chroma.
    return this.#mcu.height === 16 ? end - 1 : end;
  }

  #emit(y: number, target: number): void {
    const { left, right } = this.#window;
    const { toRgb, greyToRgb, enlargeBoth, enlargeAcross } = this.#kernels;
    const [luma, blue, red] = this.#planes as readonly [Plane, Plane | undefined, Plane | undefined];
    const skipped = left - this.#first * this.#mcu.width;
    const lumaRow = rowOf(luma, y) + skipped;
    if (blue === undefined || red === undefined) {
      greyToRgb(lumaRow, right - left, target);
      return;
    }
    if (this.#mcu.width === 8) {
      toRgb(lumaRow, rowOf(blue, y) + skipped, rowOf(red, y) + skipped, right - left, target);
      return;
    }
    const samples = Math.min((this.#end - this.#first) * 8, Math.ceil(this.#frame.width / 2) - this.#first * 8);
    const isFirst = Number(this.#first === 0);
    const isLast = Number(this.#end === this.#mcus.across);
    for (const [plane, row] of [
      [blue, this.#blue],
      [red, this.#red],
    ] as const) {
      if (this.#mcu.height === 8) enlargeAcross(rowOf(plane, y), samples, isFirst, isLast, row);
      else {
        const near = y >> 1;
        const beside = y % 2 === 0 ? near - 1 : near + 1;
        const far = Math.min(Math.max(beside, 0), Math.ceil(this.#frame.height / 2) - 1);
        enlargeBoth(rowOf(plane, near), rowOf(plane, far), samples, isFirst, isLast, this.#sums, row);
      }
    }
    toRgb(lumaRow, this.#blue + skipped, this.#red + skipped, right - left, target);
  }
}

/** Where a row of samples lies: the planes hold two rows of MCUs in turn. */
function rowOf({ component, start, stride }: Plane, y: number): number {
  return start + (y % (16 * component.down)) * stride;
}

/** Hands out memory from one end to the other. */
class Room {
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  take(bytes: number): number {
    const start = this.#end;
    this.#end = Math.ceil((start + bytes) / 16) * 16;
    return start;
  }

  fitInto(memory: WasmMemory): void {
    const missing = this.#end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
  }
}
