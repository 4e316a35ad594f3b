/** A module's memory; `buffer` is another one after it has grown. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** What is used of the global of that name: @types/node does not describe it, and the browser's types bring all of the DOM. */
interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Starts a module; undefined where the engine or its processor cannot run it. */
export function startWasm<Exports>(base64: string): Exports | undefined {
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly?: WebAssemblyGlobal };
  if (engine === undefined) return undefined;
  try {
    return new engine.Instance(new engine.Module(Buffer.from(base64, "base64"))).exports as Exports;
  } catch {
    return undefined;
  }
}
