import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeOnnx } from "@menagerie/testing";
import { spread } from "./spread.ts";

/** What one load of `call-sample.ts` gave. */
interface Sample {
  readonly perSecond: number;
  /** Microseconds from one answer to the next. */
  readonly us: number;
  /** Microseconds of this process's processor time for each. */
  readonly cpuUs: number;
}

const pairs = 5;
/** Of each load: its ratio before there was one path for every call, when runners spoke over Node's own channel. */
const loads = [
  { name: "1 client, 1 KB", before: 17.2 },
  { name: "1 client, 1 MB", before: 7.2 },
  { name: "16 clients, 1 KB", before: 15.3 },
  { name: "16 clients, 1 MB", before: 7.6 },
];

/** Asks a trivial model through its runner, and runs a tiny graph on the engine in the host itself, in turn. */
export async function benchCalls(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "menagerie-bench-"));
  try {
    const graph = join(folder, "relu.onnx");
    const value = { type: "float32", shape: ["n"] } as const;
    await writeOnnx(graph, {
      inputs: [{ name: "x", ...value }],
      outputs: [{ name: "y", ...value }],
      initializers: [],
      nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
    });
    const runner: Sample[][] = [];
    const bare: Sample[][] = [];
    for (let i = 0; i < pairs; i++) {
      runner.push(await sample("runner", graph));
      bare.push(await sample("bare", graph));
    }
    return [
      `A call through a runner, and a run of a tiny graph (Relu) in the host itself, ${pairs} pairs:`,
      ...loads.map((load, l) => line(load, column(runner, l), column(bare, l))),
    ].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function line({ name, before }: (typeof loads)[number], runner: readonly Sample[], bare: readonly Sample[]): string {
  const of = (samples: readonly Sample[], key: keyof Sample): number[] => samples.map((sample) => sample[key]);
  const ratios = runner.map(({ us }, i) => us / (bare[i]?.us ?? Number.NaN));
  return [
    `  ${name}`,
    `    through a runner   ${spread(of(runner, "perSecond"), "answers/s")}, host ${spread(of(runner, "cpuUs"), "µs")} each`,
    `    the engine alone   ${spread(of(bare, "perSecond"), "answers/s")}, host ${spread(of(bare, "cpuUs"), "µs")} each`,
    `    ratio, pair by pair ${spread(ratios, "x")}; over Node's own channel it was ${before} x`,
  ].join("\n");
}

function column(samples: readonly (readonly Sample[])[], load: number): Sample[] {
  return samples.map((row) => row[load] as Sample);
}

async function sample(way: string, graph: string): Promise<Sample[]> {
  const script = fileURLToPath(new URL("calls/call-sample.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=menagerie-source", script, way, graph]);
  return JSON.parse(stdout) as Sample[];
}
