import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

/** Each module: its source here, the file that holds it compiled, and the name it has there. */
export const modules = [
  { source: "resample-passes.as", target: "../src/resample/resample-passes-wasm.ts", name: "resamplePassesWasm" },
  { source: "normalise.as", target: "../src/tensor/normalise-wasm.ts", name: "normaliseWasm" },
  { source: "jpeg.as", target: "../src/decode/jpeg-wasm.ts", name: "jpegWasm" },
] as const;

/** The text of a module's target: the compiled source as base64. */
export async function compiled({ source, name }: (typeof modules)[number]): Promise<string> {
  let wasm: Uint8Array | undefined;
  // The compiler insists on a name in .ts, but the file is no TypeScript and no tool should read it as such.
  const { error, stderr } = await asc.main(["module.ts", ...options, "--outFile", "module.wasm"], {
    readFile: (file) => (file === "module.ts" ? readFile(new URL(source, import.meta.url), "utf8") : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
  });
  if (error !== null || wasm === undefined)
    throw new Error(`${source} does not compile: ${error?.message}\n${stderr.toString()}`);
  return `// Written by \`node assembly/build.ts\` from assembly/${source}: ${wasm.length} bytes of WebAssembly.
export const ${name}: string =
  "${Buffer.from(wasm).toString("base64")}";
`;
}

if (import.meta.main)
  for (const module of modules) await writeFile(new URL(module.target, import.meta.url), await compiled(module));
