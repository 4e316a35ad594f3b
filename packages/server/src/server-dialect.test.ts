import { createZoo, JournalToken, provide } from "@menagerie/core/host";
import { RecentJournal } from "@menagerie/core/scheduler";
import { expect, test } from "vitest";
import { createServer } from "./create-server.ts";
import { DialectsToken, type ServerDialect, zooDialect } from "./server-dialect.ts";

/** Asks in plain text, and says in plain text what went wrong. */
const plain: ServerDialect = {
  name: "plain-text",
  register(server, { zoo, metrics }) {
    server.setErrorHandler((error, _request, reply) => reply.code(418).type("text/plain").send(String(error)));
    server.get<{ Params: { name: string } }>("/plain/:name", async ({ params }) => {
      const { output } = await zoo.run(params.name, "score-image", { image: new Uint8Array() });
      metrics.answered(params.name, "score-image", "ok", 1);
      return output.score;
    });
    server.get("/plain", () => zoo.name);
  },
};

async function served(dialects: unknown): Promise<ReturnType<typeof createServer>> {
  const zoo = await createZoo({
    spec: { zoo_name: "tongues", models: [] },
    services: [provide(DialectsToken, () => dialects as ServerDialect[])],
  });
  try {
    const server = await createServer(zoo, { token: "t" });
    server.addHook("onClose", () => zoo[Symbol.asyncDispose]());
    return server;
  } catch (error) {
    await zoo[Symbol.asyncDispose]();
    throw error;
  }
}

const authorised = { authorization: "Bearer t" };

test("a dialect of an application's own speaks beside the zoo's, behind the same token, with errors of its own", async () => {
  const server = await served([zooDialect, plain]);
  expect((await server.inject({ url: "/plain", headers: authorised })).body).toBe("tongues");
  expect((await server.inject({ url: "/plain" })).statusCode).toBe(418);
  expect((await server.inject({ url: "/plain/nobody", headers: authorised })).body).toContain("nobody");
  expect((await server.inject({ url: "/v1/models", headers: authorised })).json()).toMatchObject({ object: "list" });
  expect((await server.inject({ url: "/v1/models" })).json()).toMatchObject({ error: { code: "unauthorised" } });
  await server.close();
});

test("a server speaks no dialect that is left out", async () => {
  const server = await served([plain]);
  expect((await server.inject({ url: "/v1/models", headers: authorised })).json()).toMatchObject({
    error: { code: "path_unknown" },
  });
  expect((await server.inject({ url: "/healthz" })).statusCode).toBe(200);
  await server.close();
});

test.each([
  ["what is no list", plain, "a list of dialects"],
  ["a dialect without routes", [{ name: "mute" }], "a list of dialects"],
  ["a name of other signs", [{ ...plain, name: "Plain Text" }], "lower-case words"],
  ["two of one name", [plain, { ...plain }], 'Two dialects are called "plain-text"'],
])("%s is refused", async (_what, dialects, said) => {
  await expect(served(dialects)).rejects.toMatchObject({
    code: "zoo_spec_invalid",
    message: expect.stringContaining(said),
  });
});

test("a journal of an application's own keeps what is decided, and one that throws keeps nothing from happening", async () => {
  const own = new RecentJournal();
  const full = {
    record: undefined,
    add: () => {
      throw new Error("the disk is full");
    },
  };
  for (const journal of [own, full]) {
    const logged: string[] = [];
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: (words: string) => logged.push(words) };
    await using zoo = await createZoo({ log, services: [provide(JournalToken, () => journal)] });
    await expect(zoo.get("emoji-clip", { deadlineMs: 0 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(logged.includes("the journal failed")).toBe(journal === full);
  }
  expect(own.record?.entries.length).toBeGreaterThan(0);
});

test.each([
  ["throws", { name: "broken", register: () => Promise.reject(new Error("no tongue")) }, "no tongue"],
  ["takes a route of every server", { name: "home", register: (server) => void server.get("/", () => "mine") }, "/"],
] satisfies [string, ServerDialect, string][])(
  "a dialect that %s leaves no half server behind",
  async (_, dialect, words) => {
    await using zoo = await createZoo({
      spec: { models: [] },
      services: [provide(DialectsToken, () => [dialect])],
    });
    let listeners = 0;
    const listen = zoo.onEvent.bind(zoo);
    zoo.onEvent = (listener) => {
      listeners += 1;
      const stop = listen(listener);
      return () => {
        listeners -= 1;
        stop();
      };
    };
    await expect(createServer(zoo)).rejects.toThrow(words);
    expect(listeners).toBe(0);
  },
);
