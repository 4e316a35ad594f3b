// AssemblyScript: baseline JPEG in one scan, one row of minimum coded units (MCUs) at a time. `build.ts` compiles this
// file into src/decode/jpeg-wasm.ts; src/decode/jpeg-decoder.ts reads the markers and lays out the memory.
//
// Results equal libjpeg's: the integer transform of its `islow` method (13-bit constants, 2 bits kept between the passes),
// triangle filters for halved chroma, and the colour conversion with 16-bit fractions.

/** Codes of at most this many bits are looked up at once. */
const lookupBits: i32 = 10;

// One Huffman table: u16 length << 8 | symbol by the next bits; i32 value << 16 | run << 8 | bits for whole coefficients;
// i32 greatest code of each length (-1: none) and i32 index of its first symbol less its first code; u8 symbols.
const fastOffset: usize = 2048;
const greatestOffset: usize = 6144;
const firstOffset: usize = 6216;
const symbolsOffset: usize = 6288;

// One component, as i32: 0 blocks across an MCU, 4 down, 8 quantisers (64 i16, in natural order), 12 DC and 16 AC table,
// 20 plane, 24 bytes of a row of it, 28 the last DC value.

/** Natural place of each zigzag place; those past the end are asked for by broken files alone. */
const natural: usize = memory.data<u8>([
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43,
  36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
  63, 63, 63, 63,
]);
const coefficients: usize = memory.data(128, 16);
const between: usize = memory.data(128, 16);

let next: usize = 0;
/** Bits not used yet, the next one at the top. */
let window: u64 = 0;
let left: i32 = 0;
/** Zero bits that stand for what is missing after the last byte of a segment. */
let missing: i32 = 0;
let restartInterval: i32 = 0;
let untilRestart: i32 = 0;
let restarts: i32 = 0;

/** @returns 0 for a code that is no prefix code of at most 256 symbols */
export function buildTable(table: usize, counts: usize, symbols: usize, isAc: bool): i32 {
  memory.fill(table, 0, symbolsOffset);
  let code: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= 16; length++) {
    const count = <i32>load<u8>(counts + length - 1);
    store<i32>(table + firstOffset + (length << 2), index - code);
    if (index + count > 256 || code + count > 1 << length) return 0;
    if (length <= lookupBits) {
      for (let i = 0; i < count; i++) {
        const entry = <u16>(length << 8) | <u16>load<u8>(symbols + index + i);
        const first = (code + i) << (lookupBits - length);
        for (let j = 0; j < 1 << (lookupBits - length); j++) store<u16>(table + ((first + j) << 1), entry);
      }
    }
    index += count;
    code += count;
    store<i32>(table + greatestOffset + (length << 2), count > 0 ? code - 1 : -1);
    code <<= 1;
  }
  memory.copy(table + symbolsOffset, symbols, index);
  if (!isAc) return 1;
  for (let bits: i32 = 0; bits < 1 << lookupBits; bits++) {
    const entry = <i32>load<u16>(table + (bits << 1));
    const size = entry & 15;
    const used = (entry >> 8) + size;
    if (size == 0 || used > lookupBits) continue;
    const value = extended((bits >> (lookupBits - used)) & ((1 << size) - 1), size);
    store<i32>(table + fastOffset + (bits << 2), (value << 16) | (((entry >> 4) & 15) << 8) | used);
  }
  return 1;
}

export function start(data: usize, interval: i32): void {
  next = data;
  window = 0;
  left = 0;
  missing = 0;
  restartInterval = interval;
  untilRestart = interval;
  restarts = 0;
}

/**
 * Decodes a row of MCUs; those in `first..end` become samples in row `slot` of the components' planes, those outside are
 * read over. @returns 0 if the data is broken
 */
export function decodeRow(components: usize, count: i32, mcus: i32, first: i32, end: i32, slot: i32): i32 {
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (restartInterval > 0) {
      if (untilRestart == 0 && !restart(components, count)) return 0;
      untilRestart--;
    }
    const isWanted = mcu >= first && mcu < end;
    for (let c = 0; c < count; c++) {
      const component = components + (c << 5);
      const across = load<i32>(component);
      const down = load<i32>(component, 4);
      const stride = <usize>load<i32>(component, 24);
      for (let y = 0; y < down; y++) {
        for (let x = 0; x < across; x++) {
          const last = decodeBlock(component);
          if (last < 0) return 0;
          if (!isWanted) continue;
          const row = (slot * down + y) << 3;
          const column = ((mcu - first) * across + x) << 3;
          transform(<usize>load<i32>(component, 8), <usize>load<i32>(component, 20) + <usize>row * stride + column, stride, last);
        }
      }
    }
  }
  return missing > left ? 0 : 1;
}

function restart(components: usize, count: i32): bool {
  if (missing > left) return false;
  if (load<u8>(next) != 0xff || load<u8>(next, 1) != 0xd0 + (restarts & 7)) return false;
  next += 2;
  restarts++;
  window = 0;
  left = 0;
  missing = 0;
  untilRestart = restartInterval;
  for (let c = 0; c < count; c++) store<i32>(components + (c << 5), 0, 28);
  return true;
}

/** @returns the zigzag place of the last coefficient that is there; -1 if the data is broken */
function decodeBlock(component: usize): i32 {
  const zero = i64x2.splat(0);
  for (let at: usize = 0; at < 128; at += 16) v128.store(coefficients + at, zero);
  const dc = <usize>load<i32>(component, 12);
  const ac = <usize>load<i32>(component, 16);
  refill();
  const size = symbol(dc);
  if (size > 15) return -1;
  const value = load<i32>(component, 28) + (size == 0 ? 0 : extended(take(size), size));
  store<i32>(component, value, 28);
  store<i16>(coefficients, <i16>value);
  let last: i32 = 0;
  let place: i32 = 1;
  while (place < 64) {
    refill();
    const fast = load<i32>(ac + fastOffset + (<usize>(window >> (64 - lookupBits)) << 2));
    if (fast != 0) {
      place += (fast >> 8) & 15;
      last = place;
      drop(fast & 15);
      store<i16>(coefficients + (<usize>load<u8>(natural + place) << 1), <i16>(fast >> 16));
      place++;
      continue;
    }
    const runAndSize = symbol(ac);
    if (runAndSize > 255) return -1;
    const bits = runAndSize & 15;
    const run = runAndSize >> 4;
    if (bits == 0) {
      if (run != 15) break;
      place += 16;
      continue;
    }
    place += run;
    last = place;
    store<i16>(coefficients + (<usize>load<u8>(natural + place) << 1), <i16>extended(take(bits), bits));
    place++;
  }
  return last > 63 ? -1 : last;
}

/** At least 32 bits, which the longest code and value together need. */
@inline
function refill(): void {
  if (left > 32) return;
  const word = bswap<u32>(load<u32>(next));
  if (((~word - 0x01010101) & word & 0x80808080) == 0) {
    window |= <u64>word << (32 - left);
    left += 32;
    next += 4;
  } else refillByBytes();
}

function refillByBytes(): void {
  while (left <= 56) {
    let byte: u64 = load<u8>(next);
    if (byte == 0xff) {
      // 0xff in the data is followed by 0; another byte makes a marker, where the segment ends.
      if (load<u8>(next, 1) == 0) next += 2;
      else {
        byte = 0;
        missing += 8;
      }
    } else next++;
    window |= byte << (56 - left);
    left += 8;
  }
}

@inline
function drop(bits: i32): void {
  window <<= bits;
  left -= bits;
}

@inline
function take(bits: i32): i32 {
  const value = <i32>(window >> (64 - bits));
  drop(bits);
  return value;
}

/** @returns 256 where no code fits */
@inline
function symbol(table: usize): i32 {
  const entry = <i32>load<u16>(table + (<usize>(window >> (64 - lookupBits)) << 1));
  if (entry == 0) return longSymbol(table);
  drop(entry >> 8);
  return entry & 255;
}

function longSymbol(table: usize): i32 {
  for (let length: i32 = lookupBits + 1; length <= 16; length++) {
    const code = <i32>(window >> (64 - length));
    if (code > load<i32>(table + greatestOffset + (length << 2))) continue;
    const index = code + load<i32>(table + firstOffset + (length << 2));
    if (index < 0 || index > 255) return 256;
    drop(length);
    return load<u8>(table + symbolsOffset + index);
  }
  return 256;
}

/** A value of so many bits: the lower half of them stands for negative numbers. */
@inline
function extended(value: i32, bits: i32): i32 {
  return value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
}

function transform(quantisers: usize, target: usize, stride: usize, last: i32): void {
  if (last == 0) {
    const dc = <i32>load<i16>(coefficients) * <i32>load<i16>(quantisers);
    // Sixteen bits is what vectors hold.
    const level = ((<i32><i16>dc + 4) >> 3) + 128;
    const row = i8x16.splat(<i8>min(max(level, 0), 255));
    for (let y: usize = 0; y < 8; y++) v128.store64_lane(target + y * stride, row, 0);
    return;
  }
  if (last < 10) {
    // Zigzag places 0 to 9 lie among the first four rows and columns.
    for (let row: usize = 0; row < 64; row += 16)
      v128.store(coefficients + row, i16x8.mul(v128.load(coefficients + row), v128.load(quantisers + row)));
    quarterPass(coefficients, between);
    transposeLeftHalf(between, coefficients);
    upperPass(coefficients, between);
  } else {
    for (let row: usize = 0; row < 128; row += 16)
      v128.store(coefficients + row, i16x8.mul(v128.load(coefficients + row), v128.load(quantisers + row)));
    pass(coefficients, between, 11);
    transpose(between, coefficients);
    pass(coefficients, between, 18);
  }
  transpose(between, coefficients);
  const centre = i16x8.splat(128);
  for (let y: usize = 0; y < 8; y += 2) {
    const upper = i16x8.add_sat_s(v128.load(coefficients + (y << 4)), centre);
    const lower = i16x8.add_sat_s(v128.load(coefficients + (y << 4), 16), centre);
    const bytes = i8x16.narrow_i16x8_u(upper, lower);
    v128.store64_lane(target + y * stride, bytes, 0);
    v128.store64_lane(target + (y + 1) * stride, bytes, 1);
  }
}

/** Pairs of two vectors' numbers, of their lower halves. */
@inline
function lower(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

@inline
function upper(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** `a * x + b * y` for each of the pairs. */
@inline
function weighted(pairs: v128, a: i32, b: i32): v128 {
  return i32x4.dot_i16x8_s(pairs, i32x4.splat((b << 16) | (a & 0xffff)));
}

@inline
function descaled(low: v128, high: v128, shift: i32): v128 {
  const half = i32x4.splat(1 << (shift - 1));
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, half), shift), i32x4.shr_s(i32x4.add(high, half), shift));
}

/**
 * Inverse transform of the 8 columns: Loeffler, Ligtenberg and Moschytz 1989 with the multiplications gathered in pairs;
 * constants are times 2^13. source, target: 8 rows of 8 i16.
 */
@inline
function pass(source: usize, target: usize, shift: i32): void {
  const in0 = v128.load(source), in1 = v128.load(source, 16), in2 = v128.load(source, 32), in3 = v128.load(source, 48);
  const in4 = v128.load(source, 64), in5 = v128.load(source, 80), in6 = v128.load(source, 96), in7 = v128.load(source, 112);

  const even26L = lower(in2, in6), even26H = upper(in2, in6);
  const even04L = lower(in0, in4), even04H = upper(in0, in4);
  const e2L = weighted(even26L, 4433, -10704), e2H = weighted(even26H, 4433, -10704);
  const e3L = weighted(even26L, 10703, 4433), e3H = weighted(even26H, 10703, 4433);
  const e0L = weighted(even04L, 8192, 8192), e0H = weighted(even04H, 8192, 8192);
  const e1L = weighted(even04L, 8192, -8192), e1H = weighted(even04H, 8192, -8192);
  const s0L = i32x4.add(e0L, e3L), s0H = i32x4.add(e0H, e3H);
  const s3L = i32x4.sub(e0L, e3L), s3H = i32x4.sub(e0H, e3H);
  const s1L = i32x4.add(e1L, e2L), s1H = i32x4.add(e1H, e2H);
  const s2L = i32x4.sub(e1L, e2L), s2H = i32x4.sub(e1H, e2H);

  const z3 = i16x8.add(in7, in3), z4 = i16x8.add(in5, in1);
  const zL = lower(z3, z4), zH = upper(z3, z4);
  const z3L = weighted(zL, -6436, 9633), z3H = weighted(zH, -6436, 9633);
  const z4L = weighted(zL, 9633, 6437), z4H = weighted(zH, 9633, 6437);
  const odd71L = lower(in7, in1), odd71H = upper(in7, in1);
  const odd53L = lower(in5, in3), odd53H = upper(in5, in3);
  const o0L = i32x4.add(weighted(odd71L, -4927, -7373), z3L), o0H = i32x4.add(weighted(odd71H, -4927, -7373), z3H);
  const o3L = i32x4.add(weighted(odd71L, -7373, 4926), z4L), o3H = i32x4.add(weighted(odd71H, -7373, 4926), z4H);
  const o1L = i32x4.add(weighted(odd53L, -4176, -20995), z4L), o1H = i32x4.add(weighted(odd53H, -4176, -20995), z4H);
  const o2L = i32x4.add(weighted(odd53L, -20995, 4177), z3L), o2H = i32x4.add(weighted(odd53H, -20995, 4177), z3H);

  v128.store(target, descaled(i32x4.add(s0L, o3L), i32x4.add(s0H, o3H), shift));
  v128.store(target, descaled(i32x4.add(s1L, o2L), i32x4.add(s1H, o2H), shift), 16);
  v128.store(target, descaled(i32x4.add(s2L, o1L), i32x4.add(s2H, o1H), shift), 32);
  v128.store(target, descaled(i32x4.add(s3L, o0L), i32x4.add(s3H, o0H), shift), 48);
  v128.store(target, descaled(i32x4.sub(s3L, o0L), i32x4.sub(s3H, o0H), shift), 64);
  v128.store(target, descaled(i32x4.sub(s2L, o1L), i32x4.sub(s2H, o1H), shift), 80);
  v128.store(target, descaled(i32x4.sub(s1L, o2L), i32x4.sub(s1H, o2H), shift), 96);
  v128.store(target, descaled(i32x4.sub(s0L, o3L), i32x4.sub(s0H, o3H), shift), 112);
}

/** The first pass where only the first four rows and columns are not zero; what it leaves of the other columns is not. */
@inline
function quarterPass(source: usize, target: usize): void {
  const in0 = v128.load(source), in1 = v128.load(source, 16), in2 = v128.load(source, 32), in3 = v128.load(source, 48);
  const e0 = i32x4.shl(i32x4.extend_low_i16x8_s(in0), 13);
  const e2 = times(in2, 4433), e3 = times(in2, 10703);
  const s0 = i32x4.add(e0, e3), s3 = i32x4.sub(e0, e3), s1 = i32x4.add(e0, e2), s2 = i32x4.sub(e0, e2);
  const z = lower(in3, in1);
  const z3 = weighted(z, -6436, 9633), z4 = weighted(z, 9633, 6437);
  const o0 = i32x4.add(times(in1, -7373), z3), o3 = i32x4.add(times(in1, 4926), z4);
  const o1 = i32x4.add(times(in3, -20995), z4), o2 = i32x4.add(times(in3, 4177), z3);
  const sum0 = i32x4.add(s0, o3), sum1 = i32x4.add(s1, o2), sum2 = i32x4.add(s2, o1), sum3 = i32x4.add(s3, o0);
  const sum4 = i32x4.sub(s3, o0), sum5 = i32x4.sub(s2, o1), sum6 = i32x4.sub(s1, o2), sum7 = i32x4.sub(s0, o3);
  v128.store(target, descaled(sum0, sum0, 11));
  v128.store(target, descaled(sum1, sum1, 11), 16);
  v128.store(target, descaled(sum2, sum2, 11), 32);
  v128.store(target, descaled(sum3, sum3, 11), 48);
  v128.store(target, descaled(sum4, sum4, 11), 64);
  v128.store(target, descaled(sum5, sum5, 11), 80);
  v128.store(target, descaled(sum6, sum6, 11), 96);
  v128.store(target, descaled(sum7, sum7, 11), 112);
}

/** The second pass where only the first four rows are not zero. */
@inline
function upperPass(source: usize, target: usize): void {
  const in0 = v128.load(source), in1 = v128.load(source, 16), in2 = v128.load(source, 32), in3 = v128.load(source, 48);
  const e0L = i32x4.shl(i32x4.extend_low_i16x8_s(in0), 13), e0H = i32x4.shl(i32x4.extend_high_i16x8_s(in0), 13);
  const e2L = times(in2, 4433), e2H = timesUpper(in2, 4433);
  const e3L = times(in2, 10703), e3H = timesUpper(in2, 10703);
  const s0L = i32x4.add(e0L, e3L), s0H = i32x4.add(e0H, e3H), s3L = i32x4.sub(e0L, e3L), s3H = i32x4.sub(e0H, e3H);
  const s1L = i32x4.add(e0L, e2L), s1H = i32x4.add(e0H, e2H), s2L = i32x4.sub(e0L, e2L), s2H = i32x4.sub(e0H, e2H);
  const zL = lower(in3, in1), zH = upper(in3, in1);
  const z3L = weighted(zL, -6436, 9633), z3H = weighted(zH, -6436, 9633);
  const z4L = weighted(zL, 9633, 6437), z4H = weighted(zH, 9633, 6437);
  const o0L = i32x4.add(times(in1, -7373), z3L), o0H = i32x4.add(timesUpper(in1, -7373), z3H);
  const o3L = i32x4.add(times(in1, 4926), z4L), o3H = i32x4.add(timesUpper(in1, 4926), z4H);
  const o1L = i32x4.add(times(in3, -20995), z4L), o1H = i32x4.add(timesUpper(in3, -20995), z4H);
  const o2L = i32x4.add(times(in3, 4177), z3L), o2H = i32x4.add(timesUpper(in3, 4177), z3H);
  v128.store(target, descaled(i32x4.add(s0L, o3L), i32x4.add(s0H, o3H), 18));
  v128.store(target, descaled(i32x4.add(s1L, o2L), i32x4.add(s1H, o2H), 18), 16);
  v128.store(target, descaled(i32x4.add(s2L, o1L), i32x4.add(s2H, o1H), 18), 32);
  v128.store(target, descaled(i32x4.add(s3L, o0L), i32x4.add(s3H, o0H), 18), 48);
  v128.store(target, descaled(i32x4.sub(s3L, o0L), i32x4.sub(s3H, o0H), 18), 64);
  v128.store(target, descaled(i32x4.sub(s2L, o1L), i32x4.sub(s2H, o1H), 18), 80);
  v128.store(target, descaled(i32x4.sub(s1L, o2L), i32x4.sub(s1H, o2H), 18), 96);
  v128.store(target, descaled(i32x4.sub(s0L, o3L), i32x4.sub(s0H, o3H), 18), 112);
}

@inline
function times(a: v128, b: i32): v128 {
  return i32x4.extmul_low_i16x8_s(a, i16x8.splat(<i16>b));
}

@inline
function timesUpper(a: v128, b: i32): v128 {
  return i32x4.extmul_high_i16x8_s(a, i16x8.splat(<i16>b));
}

/** The first four columns of 8 rows become 4 rows of 8. */
@inline
function transposeLeftHalf(source: usize, target: usize): void {
  const a0 = lower(v128.load(source), v128.load(source, 64)), a2 = lower(v128.load(source, 16), v128.load(source, 80));
  const a4 = lower(v128.load(source, 32), v128.load(source, 96)), a6 = lower(v128.load(source, 48), v128.load(source, 112));
  const b0 = lower(a0, a4), b1 = upper(a0, a4), b2 = lower(a2, a6), b3 = upper(a2, a6);
  v128.store(target, lower(b0, b2));
  v128.store(target, upper(b0, b2), 16);
  v128.store(target, lower(b1, b3), 32);
  v128.store(target, upper(b1, b3), 48);
}

@inline
function transpose(source: usize, target: usize): void {
  const r0 = v128.load(source), r1 = v128.load(source, 16), r2 = v128.load(source, 32), r3 = v128.load(source, 48);
  const r4 = v128.load(source, 64), r5 = v128.load(source, 80), r6 = v128.load(source, 96), r7 = v128.load(source, 112);
  const a0 = lower(r0, r4), a1 = upper(r0, r4), a2 = lower(r1, r5), a3 = upper(r1, r5);
  const a4 = lower(r2, r6), a5 = upper(r2, r6), a6 = lower(r3, r7), a7 = upper(r3, r7);
  const b0 = lower(a0, a4), b1 = upper(a0, a4), b2 = lower(a1, a5), b3 = upper(a1, a5);
  const b4 = lower(a2, a6), b5 = upper(a2, a6), b6 = lower(a3, a7), b7 = upper(a3, a7);
  v128.store(target, lower(b0, b4));
  v128.store(target, upper(b0, b4), 16);
  v128.store(target, lower(b1, b5), 32);
  v128.store(target, upper(b1, b5), 48);
  v128.store(target, lower(b2, b6), 64);
  v128.store(target, upper(b2, b6), 80);
  v128.store(target, lower(b3, b7), 96);
  v128.store(target, upper(b3, b7), 112);
}

/**
 * One row of halved chroma at full width: 3 parts of the nearer row to 1 of the farther one, then the same across.
 * `samples` is their number, `isWhole` says that the last of them ends the picture; sums: room for samples + 16 i16.
 */
export function enlargeBoth(near: usize, far: usize, samples: i32, isFirst: bool, isLast: bool, sums: usize, target: usize): void {
  const three = i16x8.splat(3);
  const to = sums + 16;
  for (let i = 0; i < samples; i += 8) {
    const a = v128.load8x8_u(near + i), b = v128.load8x8_u(far + i);
    v128.store(to + (i << 1), i16x8.add(i16x8.mul(a, three), b));
  }
  if (isFirst) store<i16>(to - 2, load<i16>(to));
  if (isLast) store<i16>(to + (samples << 1), load<i16>(to + ((samples - 1) << 1)));
  const eight = i16x8.splat(8), seven = i16x8.splat(7);
  for (let i = 0; i < samples; i += 8) {
    const here = i16x8.mul(v128.load(to + (i << 1)), three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(to + (i << 1) - 2)), eight), 4);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load(to + (i << 1) + 2)), seven), 4);
    v128.store(target + (i << 1), v128.or(even, i16x8.shl(odd, 8)));
  }
}

/** The same of chroma that is halved across alone. row: may be read and written 1 before and 16 after its samples. */
export function enlargeAcross(row: usize, samples: i32, isFirst: bool, isLast: bool, target: usize): void {
  if (isFirst) store<u8>(row - 1, load<u8>(row));
  if (isLast) store<u8>(row + samples, load<u8>(row + samples - 1));
  const three = i16x8.splat(3), one = i16x8.splat(1), two = i16x8.splat(2);
  for (let i = 0; i < samples; i += 8) {
    const here = i16x8.mul(v128.load8x8_u(row + i), three);
    const even = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load8x8_u(row + i - 1)), one), 2);
    const odd = i16x8.shr_u(i16x8.add(i16x8.add(here, v128.load8x8_u(row + i + 1)), two), 2);
    v128.store(target + (i << 1), v128.or(even, i16x8.shl(odd, 8)));
  }
}

/**
 * `((a * x + 2^15) >> 16)` of numbers in -128..127, as a rounded product with 15 fractional bits: right for each of them with half
 * of -14942, and with half of 26345 rounded up.
 */
@inline
function part(x: v128, half: i32): v128 {
  return i16x8.q15mulr_sat_s(x, i16x8.splat(<i16>half));
}

/** `((a * x + b * y + 2^15) >> 16)` of the numbers of two vectors. */
@inline
function share(x: v128, y: v128, a: i32, b: i32): v128 {
  const half = i32x4.splat(1 << 15);
  const low = i32x4.shr_s(i32x4.add(weighted(lower(x, y), a, b), half), 16);
  const high = i32x4.shr_s(i32x4.add(weighted(upper(x, y), a, b), half), 16);
  return i16x8.narrow_i32x4_s(low, high);
}

/** A row of Y, Cb and Cr samples as RGB pixels; writes up to 47 bytes more. */
export function toRgb(luma: usize, blue: usize, red: usize, width: i32, target: usize): void {
  const centre = i16x8.splat(128);
  for (let x = 0; x < width; x += 16) {
    const y = v128.load(luma + x);
    const b = v128.load(blue + x), r = v128.load(red + x);
    const yL = i16x8.extend_low_i8x16_u(y), yH = i16x8.extend_high_i8x16_u(y);
    const bL = i16x8.sub(i16x8.extend_low_i8x16_u(b), centre), bH = i16x8.sub(i16x8.extend_high_i8x16_u(b), centre);
    const rL = i16x8.sub(i16x8.extend_low_i8x16_u(r), centre), rH = i16x8.sub(i16x8.extend_high_i8x16_u(r), centre);
    // 1.402 = 1 + 0.402, 1.772 = 2 - 0.228, 0.71414 = 1 - 0.28586: what is left fits in 16 bits.
    const reds = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(yL, rL), part(rL, 13173)),
      i16x8.add(i16x8.add(yH, rH), part(rH, 13173)),
    );
    const greens = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.sub(yL, rL), share(bL, rL, -22554, 18734)),
      i16x8.add(i16x8.sub(yH, rH), share(bH, rH, -22554, 18734)),
    );
    const blues = i8x16.narrow_i16x8_u(
      i16x8.add(i16x8.add(yL, i16x8.shl(bL, 1)), part(bL, -7471)),
      i16x8.add(i16x8.add(yH, i16x8.shl(bH, 1)), part(bH, -7471)),
    );
    storePixels(target, reds, greens, blues);
    target += 48;
  }
}

/** A row of grey samples as RGB pixels; writes up to 47 bytes more. */
export function greyToRgb(luma: usize, width: i32, target: usize): void {
  for (let x = 0; x < width; x += 16) {
    const y = v128.load(luma + x);
    storePixels(target, y, y, y);
    target += 48;
  }
}

@inline
function storePixels(target: usize, r: v128, g: v128, b: v128): void {
  const rg0 = i8x16.shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128.store(target, i8x16.shuffle(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  const rg1 = i8x16.shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128.store(target, i8x16.shuffle(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  const rg2 = i8x16.shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(target, i8x16.shuffle(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}

/** Where memory is free. */
export function base(): usize {
  return (__heap_base + 15) & ~15;
}
