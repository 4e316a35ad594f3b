import { acts } from "./scripted-acts.ts";

/**
 * The module of a plugin whose models do what they are told: by the first byte of each input, and by files in the folder
 * that their spec names: `NAME.load` holds what the next loads do, `NAME.close` how many milliseconds unloading takes. A
 * runner may write nothing: what it has to say of itself it says in its log.
 */
export const scriptedPlugin: string = `
import { createHash, pbkdf2Sync } from "node:crypto";
import { existsSync, readFileSync, writeSync } from "node:fs";
import { ModelError } from "@menagerie/core";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

const acts = ${JSON.stringify(acts)};
const kinds = { done: 5, stage: 8, log: 9, odd: 77 };
const forMs = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const digest = (input) => input.length + ":" + createHash("sha256").update(input).digest("hex");
const told = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

const uint32 = (number) => [...new Uint8Array(new Uint32Array([number]).buffer)];
const float64 = (number) => [...new Uint8Array(new Float64Array([number]).buffer)];

/** The bytes of a value in the runner's protocol: a short text, a number, a list or a record. */
function encoded(value) {
  if (typeof value === "string") return [8, value.length, ...Buffer.from(value)];
  if (typeof value === "number") return [5, ...float64(value)];
  if (Array.isArray(value)) return [11, ...uint32(value.length), ...value.flatMap(encoded)];
  const entries = Object.entries(value);
  return [12, ...uint32(entries.length), ...entries.flat().flatMap(encoded)];
}

/** The bytes of a frame of the runner's protocol. @param said how many bytes it says that it has, where that is not the truth */
function frame(kind, id, content, { said = 28 + content.length, place = -1 } = {}) {
  const kindOf = [...uint32(kinds[kind])];
  return Buffer.from([...uint32(said), ...kindOf, ...float64(id), 0, 0, 0, 0, ...uint32(content.length), ...float64(place), ...content]);
}

/** Writes past the link of the runner, as a library could that has the descriptor by mistake. The answer follows at once. */
function say(bytes) {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(3, bytes, done, Math.min(65536, bytes.length - done));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

/** An array of a megabyte that is not among the other values. */
const arrayApart = [14, 0, ...float64(2 ** 20)];
/** What neither a log nor an error can hold as it is. */
function odd() {
  let deep = "the end";
  for (let i = 0; i < 300; i++) deep = { deep };
  return { deep, long: "x".repeat(20e6), bytes: new Uint8Array(5e6), call() {}, get thrown() { throw new Error("no"); } };
}

let inside = 0;
let most = 0;

async function act({ folder, log }, input, { signal, onPart }) {
  const view = new DataView(input.buffer, input.byteOffset);
  const argument = view.getUint32(1, true);
  const number = view.getFloat64(5, true);
  switch (acts[input[0]]) {
    case "wait": await forMs(argument); break;
    case "heed":
      await new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", resolve)));
      log.info("heeded", { number });
      break;
    case "never": return new Promise(() => {});
    case "busy": for (const until = Date.now() + 120000; Date.now() < until; ); break;
    case "native": pbkdf2Sync("a", "b", 2 ** 31 - 1, 64, "sha512"); break;
    case "allocate": for (const held = []; ; ) held.push(new Uint8Array(16e6).fill(1));
    case "fail": throw new Error("the model did not like it");
    case "fail-oddly": throw new ModelError("input_invalid", "line 3 is no number", { details: odd() });
    case "fail-unknown": throw new ModelError("my_code", "hm");
    case "log-oddly": log.info("odd", odd()); log.warn(odd(), "odd"); break;
    case "exit": process.exit(7);
    case "exit-once":
      if (existsSync(folder + "/exited-" + number)) break;
      log.info("exits", { number });
      process.exit(7);
    case "exit-until-mended":
      if (!existsSync(folder + "/mended")) process.exit(7);
      break;
    case "beside": {
      most = inside;
      const until = Date.now() + argument;
      let seen = inside;
      while (Date.now() < until) { await forMs(10); seen = Math.max(seen, inside); }
      return String(seen);
    }
    case "parts":
      for (let i = 0; i < argument; i++) {
        if (signal.aborted) { log.info("heeded", { number }); break; }
        await onPart?.({ text: String(Date.now()) });
      }
      break;
    case "flood": for (let i = 0; i < argument; i++) onPart?.({ text: String(i) }); break;
    case "say-garbage": say(Buffer.from("\\x05\\0\\0\\0hello, I am no frame at all of any")); break;
    case "say-wrong-shape": say(frame("stage", 0, encoded({ stage: 1 }))); break;
    case "say-huge-length": say(Buffer.alloc(32, 255)); break;
    case "say-half-a-frame": say(frame("done", 0, encoded([1]), { said: 2 ** 28 })); break;
    case "say-unasked": say(frame("done", 1e6, encoded([1]))); break;
    case "say-outside": say(frame("done", 1e6, arrayApart, { place: 2 ** 40 })); break;
    case "say-prototype": say(frame("done", 1e6, encoded(JSON.parse('{ "__proto__": { "polluted": 1 } }')))); break;
    case "say-many-logs": {
      const line = frame("log", 0, encoded({ level: "debug", message: "again", fields: { number } }));
      say(Buffer.concat(Array(100000).fill(line)));
      break;
    }
    case "say-long-line":
      process.stdout.write("x".repeat(10e6) + "\\n");
      process.stderr.write("y".repeat(10e6));
      break;
    case "channel-of-node": return String(typeof process.send) + typeof process.channel;
    case "answer-function": return () => "called";
  }
  return digest(input);
}

class Scripted extends ModelLoaderBase {
  tasks = {
    "transcribe-audio": async (opened, { audio }, call) => {
      inside += 1;
      try {
        const answer = { text: await act(opened, audio, call), segments: [] };
        if (acts[audio[0]] === "answer-misshapen") return { ...answer, segments: "none" };
        if (acts[audio[0]] === "answer-cyclic") answer.segments.push({ start: 0, end: 1, text: "a", answer });
        return answer;
      } finally {
        inside -= 1;
      }
    },
    "estimate-depth": async (_opened, { image }) => {
      const floats = new DataView(image.buffer, image.byteOffset).getUint32(1, true) / 4;
      const depth = new Uint8Array(floats * 4).fill(image[image.length - 1]);
      return { width: floats, height: 1, depth, minimum: 0, maximum: image.length, near: "larger" };
    },
  };

  async open({ spec, log }) {
    const { folder } = spec.parameters;
    const how = told(folder + "/" + this.modelName + ".load");
    if (how === "throw") throw new Error("there is nothing to open");
    if (how === "exit") process.exit(9);
    if (how === "never") await new Promise(() => {});
    if (how === "allocate") for (const held = []; ; ) held.push(new Uint8Array(16e6).fill(1));
    if (how === "odd") say(frame("odd", 0, []));
    if (Number(how) > 0) await forMs(Number(how));
    log.info("opened", { folder });
    return { folder, log };
  }

  close({ folder }) {
    return forMs(Number(told(folder + "/" + this.modelName + ".close")));
  }
}

export default definePlugin({ name: "scripted-plugin", loaders: { scripted: Scripted } });
`;
