import { describe, expect, test } from "vitest";
import type { TranscribeAudioPart } from "../tasks/index.ts";
import type { AskOptions } from "../zoo/zoo.ts";
import { createZoo } from "./create-zoo.ts";
import type { LocalZoo } from "./local-zoo.ts";
import { scriptedPlugin, TemporaryApplication } from "./temporary-application.ts";

/** Says a word for each byte of the recording, a moment apart; a byte of 255 is said in a shape that no part has. */
const body = `
  tasks = { "transcribe-audio": async (opened, { audio }, { signal, onPart }) => {
    const words = [];
    for (const byte of audio) {
      signal.throwIfAborted();
      words.push("word" + byte + " ");
      onPart?.(byte === 255 ? { word: byte } : { text: words.at(-1) });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { text: words.join(""), segments: [] };
  } };
  async open() { return {}; }
`;
const speaker = { tasks: ["transcribe-audio"], role: "speech_recognition" };

const ask = (zoo: LocalZoo, audio: number[], options: AskOptions<"transcribe-audio"> = {}) =>
  zoo.run("a", "transcribe-audio", { audio: Uint8Array.from(audio) }, options);

describe.each(["process", "inline"] as const)("an answer in parts, of a runner that is %s", (runner) => {
  async function speakingZoo(): Promise<{ zoo: LocalZoo } & AsyncDisposable> {
    const app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body, speaker) });
    const zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache`, spec: { runner } });
    return {
      zoo,
      async [Symbol.asyncDispose]() {
        await zoo[Symbol.asyncDispose]();
        await app[Symbol.asyncDispose]();
      },
    };
  }

  test("comes part by part, in order, before it is whole", async () => {
    await using opened = await speakingZoo();
    const parts: string[] = [];
    let isWhole = false;
    const { output } = await ask(opened.zoo, [1, 2, 3], {
      onPart: ({ text }) => parts.push(`${text}${isWhole ? "late" : ""}`),
    }).finally(() => {
      isWhole = true;
    });
    expect(parts).toEqual(["word1 ", "word2 ", "word3 "]);
    expect(output.text).toBe("word1 word2 word3 ");
  });

  test("is whole for those who take no parts", async () => {
    await using opened = await speakingZoo();
    expect((await ask(opened.zoo, [1, 2])).output.text).toBe("word1 word2 ");
  });

  test("ends with the error of whoever takes its parts, and the next is answered", async () => {
    await using opened = await speakingZoo();
    const parts: TranscribeAudioPart[] = [];
    const failing = ask(opened.zoo, [1, 2, 3, 4], {
      onPart: (part) => {
        parts.push(part);
        throw new Error("the line is dead");
      },
    });
    await expect(failing).rejects.toThrow("the line is dead");
    expect(parts).toEqual([{ text: "word1 " }]);
    expect((await ask(opened.zoo, [5])).output.text).toBe("word5 ");
  });

  test("is refused where a part has another shape than the task's", async () => {
    await using opened = await speakingZoo();
    await expect(ask(opened.zoo, [1, 255], { onPart: () => {} })).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/answered transcribe-audio in another shape/),
    });
  });
});

describe("where a runner is killed after the second part", () => {
  async function heardUnderKill(
    options: Pick<AskOptions<"transcribe-audio">, "onRestart">,
    parts: string[],
  ): Promise<string> {
    await using app = await TemporaryApplication.create({ "plugin-a": scriptedPlugin("plugin-a", "a", body, speaker) });
    await using zoo = await createZoo({ appDir: app.dir, cacheDir: `${app.dir}/cache` });
    let isKilled = false;
    const onPart = ({ text }: TranscribeAudioPart): void => {
      parts.push(text);
      if (parts.length !== 2 || isKilled) return;
      isKilled = true;
      const { pid } = zoo.status().models[0] ?? {};
      if (pid === undefined) throw new Error("there is no runner");
      process.kill(pid, "SIGKILL");
    };
    return (await ask(zoo, [1, 2, 3, 4], { ...options, onPart })).output.text;
  }

  test("a listener that can be told begins anew, and hears the whole of one answer", async () => {
    const parts: string[] = [];
    let restarts = 0;
    const onRestart = (): void => {
      restarts += 1;
      parts.length = 0;
    };
    expect(await heardUnderKill({ onRestart }, parts)).toBe("word1 word2 word3 word4 ");
    expect(parts.join("")).toBe("word1 word2 word3 word4 ");
    expect(restarts).toBe(1);
  });

  test("one that cannot is told that the answer broke off, and never gets parts of two", async () => {
    const parts: string[] = [];
    await expect(heardUnderKill({}, parts)).rejects.toMatchObject({
      code: "runner_crashed",
      message: expect.stringMatching(/after \d parts? of the answer had been given.*Ask again/),
    });
    expect(parts).toEqual(["word1 ", "word2 ", "word3 "].slice(0, parts.length));
  });
});
