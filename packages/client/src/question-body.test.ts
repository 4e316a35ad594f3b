import { parseTaskInput, TaskRegistry } from "@menagerie/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScriptedZoo } from "../fixtures/scripted-zoo.ts";
import { questionBody } from "./question-body.ts";
import { ServedZoo } from "./served-zoo.ts";

const bytes = { type: "string", contentEncoding: "base64" };
const input = {
  type: "object",
  required: ["count"],
  properties: { count: { type: "number" }, half: { type: "number", default: 0.5 }, photo: bytes, facts: {} },
};
const task = new TaskRegistry([{ name: "ask-things", summary: "Takes things", input, output: input }]).named(
  "ask-things",
);

describe("a question over HTTP", () => {
  let served: ScriptedZoo;
  beforeAll(async () => {
    served = await ScriptedZoo.serve();
  });
  afterAll(() => served[Symbol.asyncDispose]());

  test("is refused as in a zoo of this process, before anything is sent", async () => {
    const sent: string[] = [];
    const noted: typeof fetch = (url, init) => {
      sent.push(String(url));
      return fetch(url, init);
    };
    await using zoo = new ServedZoo(served.address, { fetch: noted });
    const image = Uint8Array.of(1);
    for (const wrong of [{}, { image, imag: 1 }, { image: [1] }, { image: new Date() }, new Map(), undefined, 5n]) {
      const [here, there] = await Promise.all(
        [served.zoo, zoo].map((any) => any.run("scripted", "score-image", wrong as never).catch((error) => error)),
      );
      expect([there.code, there.message]).toEqual([here.code, here.message]);
      expect(there.code).toBe("input_invalid");
    }
    expect(sent).toEqual([]);
  });
});

test.each<[object, RegExp]>([
  [{ count: Number.NaN }, /"count": must be a number, not NaN/],
  [{ count: Number.POSITIVE_INFINITY }, /"count": must be a number/],
  [{ count: 2n }, /"count": must be a number/],
  [{ count: 1, facts: { when: new Date(0) } }, /"facts\.when" is a Date/],
  [{ count: 1, facts: { photo: Uint8Array.of(1) } }, /"photo" is bytes, where the task has none/],
  [{ count: 1, facts: [Float32Array.of(1)] }, /"0" is bytes, where the task has none/],
])("what JSON would turn into something else is not sent: %o", (wrong, said) => {
  const refusal = { code: "input_invalid", message: expect.stringMatching(said) };
  expect(() => questionBody(task, "m", wrong)).toThrow(expect.objectContaining(refusal));
});

test("an input is sent as it was given, its bytes in base64, its defaults left to the zoo", () => {
  const asked = { count: 1, photo: Buffer.from([1, 2, 3]), facts: { deep: [null, "a"], none: undefined } };
  expect(parseTaskInput(task, asked)).toMatchObject({ half: 0.5 });
  expect(JSON.parse(questionBody(task, "m", asked))).toEqual({
    model: "m",
    input: { count: 1, photo: "AQID", facts: { deep: [null, "a"] } },
  });
});
