import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { spread } from "../spread.ts";
import type { BenchPicture } from "./pictures.ts";

const samples = 5;

/** The most memory that twenty 12-megapixel pictures need, one after the other, each way in fresh processes. */
export async function benchMemory({ file, name }: BenchPicture): Promise<string> {
  const megabytes: Record<string, number[]> = { sharp: [], menagerie: [], peer: [] };
  for (let i = 0; i < samples; i++)
    for (const [way, values] of Object.entries(megabytes)) values.push(await sample(way, file));
  const { sharp = [], menagerie = [], peer = [] } = megabytes;
  return [
    `Most resident memory of a process that takes 20 pictures of ${name}, ${samples} processes each:`,
    `  sharp, decode alone        ${spread(sharp, "MB")}`,
    `  Menagerie, the whole job   ${spread(menagerie, "MB")}`,
    `  transformers.js, the same  ${spread(peer, "MB")}`,
  ].join("\n");
}

async function sample(way: string, file: string): Promise<number> {
  const script = fileURLToPath(new URL("memory-sample.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=menagerie-source", script, way, file]);
  return Number(stdout);
}
