import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort=", "--outFile", "passes.wasm"];

/** The text of src/resample-passes-wasm.ts: the compiled resample-passes.ts (AssemblyScript) as base64. */
export async function compiledPasses(): Promise<string> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["resample-passes.ts", ...options], {
    readFile: (name) => (name.endsWith("resample-passes.ts") ? readFile(new URL("resample-passes.ts", import.meta.url), "utf8") : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
  });
  if (error !== null || wasm === undefined) throw new Error(`The passes do not compile: ${error?.message}\n${stderr.toString()}`);
  return `// Written by \`node assembly/build.ts\` from assembly/resample-passes.ts: ${wasm.length} bytes of WebAssembly.
export const resamplePassesWasm: string = "${Buffer.from(wasm).toString("base64")}";
`;
}

if (import.meta.main) await writeFile(new URL("../src/resample-passes-wasm.ts", import.meta.url), await compiledPasses());
