import type { Zoo } from "@menagerie/core";
import type { LocalZoo, ZooEvent } from "@menagerie/core/host";

const words: Readonly<Record<string, string>> = {
  start: "starting the runner",
  verify: "verifying the weights",
  prepare: "preparing the graphs (once)",
  open: "opening the graphs",
  self_test: "testing itself",
};

/** Shows loads on a terminal's standard error, one line that comes and goes; nothing anywhere else, nor of a zoo that is served. */
export function showProgress(zoo: Zoo, wanted: boolean): () => void {
  if (!wanted || !process.stderr.isTTY || !isLocal(zoo)) return () => {};
  const started = Date.now();
  let text = "";
  const draw = (): void => {
    if (text !== "") process.stderr.write(`\r\x1b[2K${text} ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };
  const timer = setInterval(draw, 100);
  timer.unref();
  const stop = zoo.onEvent((event) => {
    text = describe(event) ?? text;
    if (event.type === "loaded" || event.type === "load-failed") {
      text = "";
      process.stderr.write("\r\x1b[2K");
    }
    draw();
  });
  return () => {
    stop();
    clearInterval(timer);
    if (text !== "") process.stderr.write("\r\x1b[2K");
  };
}

function isLocal(zoo: Zoo): zoo is LocalZoo {
  return "onEvent" in zoo;
}

function describe(event: ZooEvent): string | undefined {
  if (event.type === "load-started") return `loading ${event.model}`;
  if (event.type === "load-stage") return `loading ${event.model}: ${words[event.stage] ?? event.stage}`;
  return undefined;
}
