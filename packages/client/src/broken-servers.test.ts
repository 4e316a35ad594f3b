import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerJson, taskValue } from "@menagerie/core";
import { describe, expect, test } from "vitest";
import { ServedZoo } from "./served-zoo.ts";
import { EventTooLarge, serverEvents } from "./server-events.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A client of a server that does what the handler does. */
async function withServer<T>(handler: Handler, work: (zoo: ServedZoo, asked: () => number) => Promise<T>): Promise<T> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const zoo = new ServedZoo(`http://127.0.0.1:${port}`);
  try {
    return await work(zoo, () => asked);
  } finally {
    await zoo.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function events(...pieces: readonly (string | Uint8Array)[]): Handler {
  return (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) response.write(piece);
    response.end();
  };
}

/** Says one letter again and again, for as long as somebody reads. */
function endless(status: number, type: string): Handler {
  return (_request, response) => {
    response.writeHead(status, { "content-type": type });
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(100_000)));
      response.once("drain", more);
    };
    more();
  };
}

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${answerJson(data)}\n\n`;
const part = (text: string): string => event("part", { text, start: 0, end: 1 });
const answer = event("answer", { model: "m", task: "transcribe-audio", output: { text: "é", segments: [] } });
const question = ["m", "transcribe-audio", { audio: Uint8Array.of(1) }] as const;

describe("a server that is none, or breaks, is told as that, and asked once:", () => {
  test.each<[string, Handler, object]>([
    ["a page", (_, response) => response.end("<html></html>"), { code: "internal", message: /is it a zoo\?/ }],
    [
      "a page with an error",
      (_, response) => response.writeHead(502).end("bad gateway"),
      { code: "internal", message: /502/ },
    ],
    [
      "a redirection",
      (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
      { code: "zoo_closed", message: /sends its callers to \/elsewhere/ },
    ],
    ["an answer that is null", events(event("answer", null)), { code: "internal", message: /no output/ }],
    ["an answer without output", events(event("answer", {})), { code: "internal", message: /no output/ }],
    [
      "an answer of another shape",
      events(event("answer", { output: { text: 5, segments: [] } })),
      { code: "internal", message: /"text".*is it a zoo\?/ },
    ],
    ["a part that is null", events(event("part", null)), { code: "internal", message: /another shape/ }],
    [
      "an error with details that are none",
      events(event("error", { error: { code: "queue_full", message: "Full.", details: 5, model: 7 } })),
      { code: "queue_full", details: {}, model: undefined },
    ],
    ["an error without end", endless(502, "text/html"), { code: "internal", message: /more than 1048576 bytes/ }],
    [
      "a hang-up before the answer",
      (request) => request.socket.destroy(),
      { code: "zoo_closed", message: /not asked again/ },
    ],
    [
      "an end among the events",
      events(part("a")),
      { code: "zoo_closed", message: /ended before the answer was whole/ },
    ],
    ["an end within an event", events(answer.slice(0, 60)), { code: "zoo_closed" }],
    ["an end that is said, without an answer", events("data: [DONE]\n\n"), { code: "zoo_closed" }],
    ["an event that is no JSON", events("event: answer\ndata: {\n\n"), { code: "internal", message: /no JSON/ }],
    [
      "an error of a code that is new",
      events(event("error", { error: { code: "new_code", message: "So new." } })),
      { code: "internal", message: /So new/, details: { code: "new_code" } },
    ],
    [
      "an error of a known code",
      events(event("error", { error: { code: "queue_full", message: "Full." } })),
      { code: "queue_full" },
    ],
    [
      "an answer begun anew after a part",
      events(part("a"), event("restart", {}), part("b"), answer),
      { code: "runner_crashed" },
    ],
  ])("%s", async (_what, handler, { message = /./, ...error }: { message?: RegExp }) => {
    await withServer(handler, async (zoo, asked) => {
      const run = zoo.run(...question, { onPart: () => {} });
      await expect(run).rejects.toMatchObject(error);
      await expect(run).rejects.toThrow(message);
      expect(asked()).toBe(1);
    });
  });
});

test("a server that never answers is waited for as long as the caller says", async () => {
  await withServer(
    () => {},
    async (zoo) => {
      await expect(zoo.run(...question, { deadlineMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
      await expect(zoo.get("m", { deadlineMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
      await expect(zoo.load("m", { deadlineMs: 30 })).rejects.toMatchObject({ code: "deadline_exceeded" });
      const leaving = new AbortController();
      const unloading = zoo.unload("m", { signal: leaving.signal });
      leaving.abort();
      await expect(unloading).rejects.toMatchObject({ code: "cancelled" });
      const status = zoo.status();
      await zoo.close();
      await expect(status).rejects.toMatchObject({ code: "zoo_closed" });
    },
  );
});

test("one who can be told hears that the answer begins anew", async () => {
  await withServer(events(part("a"), event("restart", {}), part("b"), answer), async (zoo) => {
    const heard: string[] = [];
    await zoo.run(...question, { onPart: ({ text }) => heard.push(text), onRestart: () => heard.push("anew") });
    expect(heard.slice(-2)).toEqual(["anew", "b"]);
  });
});

test("events are read whatever ends their lines and wherever they are cut", async () => {
  const text = `: a comment\r\nid: 1\r\n${part("a").replaceAll("\n", "\r\n")}\r\rretry: 5\n${part("b").replaceAll("\n", "\r")}${answer}`;
  const bytes = [...new TextEncoder().encode(text)].map((byte) => Uint8Array.of(byte));
  await withServer(events(...bytes), async (zoo) => {
    const heard: string[] = [];
    const { output } = await zoo.run(...question, { onPart: (one) => heard.push(one.text) });
    expect([heard, output.text]).toEqual([["a", "b"], "é"]);
  });
});

test("a path before the routes is kept, as a proxy may have one", async () => {
  const server = createServer((request, response) => response.end(JSON.stringify({ data: [], path: request.url })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const zoo = new ServedZoo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/zoos/mine/`);
  expect(await zoo.status()).toMatchObject({ path: "/zoos/mine/v1/models" });
  server.closeAllConnections();
  server.close();
});

test("an event is read up to a limit, in one line or in many", async () => {
  const read = async (pieces: readonly string[]): Promise<void> => {
    for await (const _ of serverEvents(ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()), 1000));
  };
  const short = "data: a\n\n".repeat(1000);
  await read([short]);
  await expect(read(["data: ", ..."x".repeat(2000)])).rejects.toThrow(EventTooLarge);
  await expect(read(["data: x\n".repeat(300)])).rejects.toThrow(EventTooLarge);
});

test.each(["null", "[]", "{}", '{"data":null}', '{"data":[null]}'])(
  "a body of another shape (%s) is told as no zoo's, by every question",
  async (body) => {
    const json: Handler = (_request, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    await withServer(json, async (zoo) => {
      const questions = [
        zoo.models,
        zoo.tasks,
        zoo.status(),
        zoo.find("m"),
        zoo.load("m"),
        zoo.run("m", taskValue("own-task"), {}),
      ];
      for (const question of await Promise.allSettled(questions))
        expect(question).toMatchObject({
          status: "rejected",
          reason: { code: "internal", message: expect.stringContaining("is it a zoo?") },
        });
    });
    await withServer(events(event("lease", JSON.parse(body))), async (zoo) => {
      await expect(zoo.get("m")).rejects.toMatchObject({ code: "internal" });
    });
  },
);

test("events are known whatever the case of their type", async () => {
  const handler: Handler = (_request, response) =>
    response.writeHead(200, { "content-type": "Text/Event-Stream; charset=utf-8" }).end(answer);
  await withServer(handler, async (zoo) => {
    expect((await zoo.run(...question)).output.text).toBe("é");
  });
});

test("a name that no path can have is a model that is not found", async () => {
  const handler: Handler = (request, response) => response.writeHead(200).end(JSON.stringify({ path: request.url }));
  await withServer(handler, async (zoo, asked) => {
    for (const name of ["", ".", ".."]) await expect(zoo.load(name)).rejects.toMatchObject({ code: "model_not_found" });
    expect(asked()).toBe(0);
    await expect(zoo.load("\ud800")).rejects.toMatchObject({ code: "internal" });
    expect(asked()).toBe(1);
  });
});

test("a sequence can be left while a server that never answers is waited for", async () => {
  await withServer(
    () => {},
    async (zoo) => {
      const [model, task, input] = question;
      for (const sequence of [zoo.map(model, task, [input]), zoo.stream(model, task, input)]) {
        const iterator = sequence[Symbol.asyncIterator]();
        const next = iterator.next();
        await new Promise((resolve) => setTimeout(resolve, 20));
        await iterator.return?.();
        expect(await next).toEqual({ done: true, value: undefined });
      }
    },
  );
});

describe("a server that was started again with another task of a name", () => {
  const shape = (properties: object): object => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  const words = { input: shape({ words: { type: "string" } }), output: shape({ count: { type: "number" } }) };
  const lists = {
    input: shape({ words: { type: "array", items: { type: "string" } } }),
    output: shape({ counts: { type: "array", items: { type: "string", contentEncoding: "base64" } } }),
  };
  const countWords = taskValue<{ words: string | string[] }, object>("count-words");

  /** Asks `first` of the old server and then `second` of the new one. @returns the answer, and how often the schema was read */
  async function askBoth(first: string | string[], second: string | string[], refuses: boolean): Promise<unknown[]> {
    let [task, output]: [object, object] = [words, { count: 1 }];
    let readings = 0;
    const refusal = { code: "input_invalid", message: "No.", details: { task: "count-words", problems: ["no"] } };
    const handler: Handler = (request, response) => {
      if (request.method === "GET") {
        readings += 1;
        return response.end(JSON.stringify({ name: "count-words", summary: "Counts", ...task }));
      }
      let body = "";
      request.on("data", (data) => {
        body += data;
      });
      request.on("end", () => {
        const isOld = typeof JSON.parse(body).input.words === "string";
        const said =
          refuses && isOld && task === lists ? event("error", { error: refusal }) : event("answer", { output });
        events(said)(request, response);
      });
    };
    return await withServer(handler, async (zoo) => {
      await zoo.run("m", countWords, { words: first });
      [task, output] = [lists, { counts: ["AQI="] }];
      const answers = await Promise.allSettled([1, 2].map(() => zoo.run("m", countWords, { words: second })));
      const said = answers.map((answer) => (answer.status === "fulfilled" ? answer.value.output : answer.reason.code));
      return [readings, ...said];
    });
  }

  const counts = { counts: [Uint8Array.of(1, 2)] };
  test("is asked what its task is once, and the question that fits it now is put", async () => {
    expect(await askBoth("a b", ["a", "b"], true)).toEqual([2, counts, counts]);
  });

  test("refuses what fitted the old one, with its own words", async () => {
    expect(await askBoth("a b", "a b", true)).toEqual([2, "input_invalid", "input_invalid"]);
  });

  test("has its answer read as it is now, and is not asked again", async () => {
    expect(await askBoth("a b", "a b", false)).toEqual([2, counts, counts]);
  });
});
