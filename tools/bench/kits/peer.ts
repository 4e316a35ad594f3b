import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is used of `@huggingface/transformers` here; it shares this project's sharp and onnxruntime-node. */
export interface Peer {
  readonly RawImage: { read(file: string): Promise<PeerImage>; new (...parts: unknown[]): PeerImage };
  readonly CLIPImageProcessor: new (config: object) => PeerImageProcessor;
  readonly WhisperFeatureExtractor: new (
    config: object,
  ) => (audio: Float32Array) => Promise<{ input_features: PeerTensor }>;
}

export interface PeerImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  resize(width: number, height: number, options: { resample: string }): Promise<PeerImage>;
  rgb(): PeerImage;
}

export interface PeerTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type PeerImageProcessor = (image: PeerImage) => Promise<{ pixel_values: PeerTensor }>;

const name = "@huggingface/transformers";
const version = "4.3.1";

/** Loads the peer; installs it beside the project's packages first where it is not there. The lock does not change. */
export async function loadPeer(): Promise<Peer> {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  // Looked for as a file: what the module loader once did not find, it does not look for again.
  if (!existsSync(`${root}node_modules/${name}/package.json`)) {
    process.stderr.write(`Installing ${name} ${version} to measure against (once, about 160 MB) …\n`);
    const options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
    const { status } = spawnSync("npm", ["install", ...options, `${name}@${version}`], {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (status !== 0) throw new Error(`${name} could not be installed: the benchmark needs the npm registry once.`);
  }
  return (await import(name)) as Peer;
}
