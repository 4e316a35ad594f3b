import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

/** The text of src/resample/resample-passes-wasm.ts: the compiled resample-passes.as as base64. */
export async function compiledPasses(): Promise<string> {
  let wasm: Uint8Array | undefined;
  // The compiler insists on a name in .ts, but the file is no TypeScript and no tool should read it as such.
  const { error, stderr } = await asc.main(["passes.ts", ...options, "--outFile", "passes.wasm"], {
    readFile: (name) =>
      name === "passes.ts" ? readFile(new URL("resample-passes.as", import.meta.url), "utf8") : null,
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`The passes do not compile: ${error?.message}\n${stderr.toString()}`);
  }
  return `// Written by \`node assembly/build.ts\` from assembly/resample-passes.as: ${wasm.length} bytes of WebAssembly.
export const resamplePassesWasm: string =
  "${Buffer.from(wasm).toString("base64")}";
`;
}

if (import.meta.main) {
  await writeFile(new URL("../src/resample/resample-passes-wasm.ts", import.meta.url), await compiledPasses());
}
