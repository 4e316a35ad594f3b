import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** Answers each line with the recording's text, greedily, without times and without falling back to temperatures. */
const script = `
import sys
from faster_whisper import WhisperModel
folder, audio, threads = sys.argv[1:]
model = WhisperModel(folder, device="cpu", compute_type="float32", cpu_threads=int(threads))
print("ready", flush=True)
for line in sys.stdin:
    segments, _ = model.transcribe(audio, beam_size=1, temperature=0.0, without_timestamps=True, condition_on_previous_text=False)
    print("".join(segment.text for segment in segments), flush=True)
`;

/** faster-whisper in a process of its own, which stays between two runs. */
export function startFasterWhisper(
  python: string,
  { model, audio, threads }: { model: string; audio: string; threads: number },
): AsyncDisposable & { run(): Promise<string> } {
  const child = spawn(python, ["-c", script, model, audio, String(threads)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`faster-whisper ended; ${python} needs the package faster-whisper.`);
    return value;
  };
  const ready = next();
  return {
    async run() {
      await ready;
      child.stdin.write("\n");
      return next();
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
