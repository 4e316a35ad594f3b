import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactDeclaration } from "@menagerie/core";
import type { CheckpointFolder } from "@menagerie/core/adopt";
import { readOnnxHeader } from "@menagerie/onnx";
import { expectedOfSpeech, speechLayout } from "./speech-graph.ts";

export interface AdoptedSpeechGraph {
  readonly artifact: ArtifactDeclaration;
  readonly findings: readonly string[];
}

/** What silero-vad and faster-whisper name their files. */
const usualName = /^silero_vad.*\.onnx$/;

/**
 * The graph that finds speech, where the folder has one: `silero_vad*.onnx` beside the other files or in `onnx/`, or the file that
 * the person who adopts names. Of several the one that takes many frames at a time is taken, which is the fastest.
 * @throws `checkpoint_invalid` for a file that is no such graph
 */
export async function adoptSpeechGraph(folder: CheckpointFolder): Promise<AdoptedSpeechGraph | undefined> {
  const { graph: named } = folder.choices;
  const files = named === undefined ? await usualFiles(folder) : [await folder.first([named, `onnx/${named}`])];
  if (files.length === 0) return undefined;
  const found = await Promise.all(files.map((file) => readLayout(folder, file)));
  const [best] = found.filter(({ frames }) => frames > 0).toSorted((a, b) => b.frames - a.frames);
  if (best === undefined)
    throw folder.refusal(files[0] ?? "", undefined, `takes ${found[0]?.inputs}; ${expectedOfSpeech} was expected`);
  const others = files.filter((file) => file !== best.file);
  const left = others.length === 0 ? "" : `, not ${others.join(", ")}`;
  return {
    artifact: await folder.artifact("vad", best.file),
    findings: [`speech can be found (vad): ${best.file}${left}`],
  };
}

/** What a graph takes, and how many frames at a time; 0 for one that cannot find speech. */
async function readLayout(
  folder: CheckpointFolder,
  file: string,
): Promise<{ file: string; inputs: string; frames: number }> {
  await folder.assertItself(file);
  const header = await readOnnxHeader(join(folder.path, file));
  return { file, inputs: Object.keys(header.inputs).join(", "), frames: speechLayout(header)?.framesAtATime ?? 0 };
}

async function usualFiles({ path }: CheckpointFolder): Promise<string[]> {
  const files = await Promise.all(
    ["", "onnx/"].map(async (dir) => {
      const names = await readdir(join(path, dir)).catch(() => []);
      return names.filter((name) => usualName.test(name)).map((name) => dir + name);
    }),
  );
  return files.flat().sort();
}
