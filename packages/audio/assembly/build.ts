import { readFile, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";

const options = ["-O3", "--converge", "--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort="];

/** The text of src/spectrum/mel-powers-wasm.ts: the compiled mel-powers.as as base64. */
export async function compiledMelPowers(): Promise<string> {
  let wasm: Uint8Array | undefined;
  // The compiler insists on a name in .ts, but the file is no TypeScript and no tool should read it as such.
  const { error, stderr } = await asc.main(["powers.ts", ...options, "--outFile", "powers.wasm"], {
    readFile: (name) => (name === "powers.ts" ? readFile(new URL("mel-powers.as", import.meta.url), "utf8") : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
  });
  if (error !== null || wasm === undefined) {
    throw new Error(`The mel powers do not compile: ${error?.message}\n${stderr.toString()}`);
  }
  return `// Written by \`node assembly/build.ts\` from assembly/mel-powers.as: ${wasm.length} bytes of WebAssembly.
export const melPowersWasm: string =
  "${Buffer.from(wasm).toString("base64")}";
`;
}

if (import.meta.main) {
  await writeFile(new URL("../src/spectrum/mel-powers-wasm.ts", import.meta.url), await compiledMelPowers());
}
