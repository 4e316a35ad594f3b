/** A model of a trace: what it takes, and what its load costs. */
export interface BenchModel {
  readonly name: string;
  readonly bytes: number;
  readonly loadMs: number;
}

export interface Trace {
  readonly name: string;
  readonly budget: number;
  readonly models: readonly BenchModel[];
  /** Each request is drawn by itself, so that nothing but how often a model is asked for says what comes next. */
  readonly isDrawn?: boolean;
  /** Requests in order of time. */
  arrivals(): Iterable<BenchArrival>;
}

export interface BenchArrival {
  readonly at: number;
  /** Place in `models`. */
  readonly model: number;
  readonly runMs: number;
}

const MB = 1e6;

/** Numbers from 0 to 1 that depend on nothing but the seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Seconds at 1 GB a second, and 100 ms for the process. */
function model(name: string, megabytes: number, msPerMb = 1): BenchModel {
  return { name, bytes: megabytes * MB, loadMs: 100 + megabytes * msPerMb };
}

/** Gaps of a Poisson process. */
function gap(random: () => number, meanMs: number): number {
  return -Math.log(1 - random()) * meanMs;
}

function zipf(count: number, exponent: number): readonly number[] {
  const weights = Array.from({ length: count }, (_, i) => 1 / (i + 1) ** exponent);
  const total = weights.reduce((a, b) => a + b);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

function drawn(cumulative: readonly number[], random: () => number): number {
  const value = random();
  return Math.max(
    0,
    cumulative.findIndex((sum) => value < sum),
  );
}

/** The 14 models of a security camera's service, 13,550 MB in all, with how often each is asked for beside the others. */
const household: readonly (readonly [string, number, number])[] = [
  ["clip-vit-l", 800, 30],
  ["florence-2-large", 1200, 6],
  ["yolo-world-s", 1500, 10],
  ["vitpose-small", 1500, 8],
  ["depth-anything-v2-small", 150, 25],
  ["violence-detection", 500, 10],
  ["weather-classification", 200, 2],
  ["segformer-b2-clothes", 1500, 6],
  ["xclip-base", 2000, 2],
  ["fashion-clip", 500, 10],
  ["brisque-quality", 0, 15],
  ["vehicle-segment-classification", 1500, 8],
  ["vehicle-damage-detection", 2000, 1],
  ["pet-classifier", 200, 5],
];
export const householdModels: readonly BenchModel[] = household.map(([name, megabytes]) => model(name, megabytes));

const equal = (count: number, megabytes: number, msPerMb = 1): readonly BenchModel[] =>
  Array.from({ length: count }, (_, i) => model(`m${i}`, megabytes, msPerMb));

/** Requests of the given models by weight, at a mean gap that may change with time. */
function* mixed(options: {
  readonly seed: number;
  readonly weights: readonly number[];
  readonly runMs: number;
  readonly untilMs: number;
  gapMs(at: number): number;
}): Iterable<BenchArrival> {
  const random = seeded(options.seed);
  const total = options.weights.reduce((a, b) => a + b);
  let sum = 0;
  const cumulative = options.weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
  for (let at = 0; ; ) {
    at += gap(random, options.gapMs(at));
    if (at >= options.untilMs) return;
    yield { at, model: drawn(cumulative, random), runMs: options.runMs };
  }
}

/** Mean gap over a day: busy in the evening, quiet at night. */
function daily(meanMs: number): (at: number) => number {
  return (at) => meanMs / (1 + 0.85 * Math.sin(((at / 3_600_000 - 11) / 24) * 2 * Math.PI));
}

/** A camera sees somebody: several models are asked one after another, for as long as that lasts. */
function* bursts(seed: number, count: number): Iterable<BenchArrival> {
  const random = seeded(seed);
  const scenes = [
    [0, 3, 4, 5, 9],
    [11, 4, 12],
    [13, 4],
    [2, 1],
    [7, 9, 3],
    [8, 5],
  ];
  const weights = zipf(scenes.length, 0.8);
  for (let at = 0, i = 0; i < count; i++) {
    at += gap(random, 45_000);
    const scene = scenes[drawn(weights, random)] ?? [];
    const frames = 1 + Math.floor(random() * 8);
    for (let frame = 0; frame < frames; frame++) {
      for (const [step, index] of scene.entries()) yield { at: at + step * 5, model: index, runMs: 30 };
      at += 1000;
    }
  }
}

/** A thousand models' catalogue is gone through from time to time while a few are asked for all the time. */
function* scans(seed: number, models: number, count: number): Iterable<BenchArrival> {
  const random = seeded(seed);
  let next = 0;
  for (let at = 0, i = 0; i < count; i++) {
    at += gap(random, 4000);
    const isScan = i % 200 >= 140;
    const index = isScan ? 5 + (next++ % (models - 5)) : Math.floor(random() * 5);
    yield { at, model: index, runMs: 20 };
  }
}

function* rounds(models: number, count: number, gapMs: number, runMs: number): Iterable<BenchArrival> {
  for (let i = 0; i < count; i++) yield { at: i * gapMs, model: i % models, runMs };
}

/** Twelve models of 600 MB that take 3 to 19 s to load, three of which get most of the traffic of many clients. */
const reported: readonly BenchModel[] = Array.from({ length: 12 }, (_, i) => ({
  name: `tenant-${i}`,
  bytes: 600 * MB,
  loadMs: 3000 + (i * 16_000) / 11,
}));

function* tenants(seed: number, gapMs: number, untilMs: number): Iterable<BenchArrival> {
  yield* mixed({
    seed,
    weights: Array.from({ length: 12 }, (_, i) => 1 / (i + 1)),
    runMs: 60,
    untilMs,
    gapMs: () => gapMs,
  });
}

const hour = 3_600_000;

/** @param shift added to every seed: another day of the same traffic */
export function tracesOf(shift = 0): readonly Trace[] {
  const shares = household.map(([, , share]) => share);
  const day = 24 * hour;
  return [
    {
      name: "Zipf, 50 models of 300 MB, room for 10",
      budget: 3000 * MB,
      models: equal(50, 300),
      isDrawn: true,
      arrivals: () =>
        mixed({ seed: 1 + shift, weights: zipfWeights(50, 1.1), runMs: 40, untilMs: day, gapMs: () => 4000 }),
    },
    {
      name: "scans through 40 models beside 5 hot ones, room for 8",
      budget: 2400 * MB,
      models: equal(40, 300),
      arrivals: () => scans(2 + shift, 40, 20_000),
    },
    {
      name: "ABCABC all the time, room for 2",
      budget: 1300 * MB,
      models: equal(3, 600),
      arrivals: () => rounds(3, 20_000, 250, 20),
    },
    {
      name: "ABCABC, each after the answer before, room for 2",
      budget: 1300 * MB,
      models: equal(3, 600),
      arrivals: () => rounds(3, 5000, 5000, 20),
    },
    {
      name: "bursts of scenes, 14 models of the household",
      budget: 6963 * MB,
      models: householdModels,
      arrivals: () => bursts(3 + shift, 3000),
    },
    {
      name: "a mixed day, 14 models of the household",
      budget: 6963 * MB,
      models: householdModels,
      isDrawn: true,
      arrivals: () => mixed({ seed: 4 + shift, weights: shares, runMs: 60, untilMs: day, gapMs: daily(2000) }),
    },
    {
      name: "roboflow/inference#2448: 12 of 600 MB on 4 GB",
      budget: 4000 * MB,
      models: reported,
      isDrawn: true,
      arrivals: () => tenants(5 + shift, 1000, 12 * hour),
    },
  ];
}

/** The same twelve models where there is a device of 4 GB and one of 24 GB. */
export function pairTrace(shift = 0): Trace {
  return {
    name: "roboflow/inference#2448: 12 of 600 MB on 4 GB and 24 GB together",
    budget: 28_000 * MB,
    models: reported,
    arrivals: () => tenants(6 + shift, 1000, 12 * hour),
  };
}

/** A week of the household's day. */
export const week: Trace = {
  name: "a week, 14 models of the household (13,550 MB under 6,963 MB)",
  budget: 6963 * MB,
  models: householdModels,
  arrivals: () =>
    mixed({ seed: 7, weights: household.map(([, , w]) => w), runMs: 60, untilMs: 7 * 24 * hour, gapMs: daily(2000) }),
};

/** A million requests over the Zipf models. */
export const million: Trace = {
  name: "a million requests",
  budget: 3000 * MB,
  models: equal(50, 300),
  arrivals: () => mixed({ seed: 8, weights: zipfWeights(50, 1.1), runMs: 40, untilMs: 1e6 * 400, gapMs: () => 400 }),
};

function zipfWeights(count: number, exponent: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => 1 / (i + 1) ** exponent);
}
