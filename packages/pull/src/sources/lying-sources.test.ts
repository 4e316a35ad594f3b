import { writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import { Sources } from "../index.ts";

const files = { "onnx/model.onnx": weights(30_000), "config.json": weights(20) };
const patience = { firstWaitMs: 1 };

async function listening(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a hub that lies", () => {
  const sha = "ab".repeat(20);
  const answers = { sha, id: "acme/model", _id: "1", private: false, gated: false, likes: 0, downloads: 0 };
  const info = JSON.stringify({ ...answers, lastModified: "2024-01-01T00:00:00.000Z" });

  test("about who has the rest of its list leads the token nowhere, nor the request", async () => {
    const told: string[] = [];
    const other = await listening((request, response) => {
      told.push(request.headers.authorization ?? "none");
      response.end("[]");
    });
    const hub = await listening((request, response) => {
      const isFirst = request.url?.includes("/tree/") === true && !request.url.includes("cursor");
      const next = `<${other}/api/models/acme/model/tree/${sha}?cursor=2>; rel="next"`;
      response.writeHead(200, { "content-type": "application/json", ...(isFirst ? { link: next } : {}) });
      response.end(request.url?.includes("/tree/") === true ? "[]" : info);
    });
    const env = { HF_ENDPOINT: hub, HF_TOKEN: "hf_secret" };
    using sources = new Sources([], { env });
    await sources.open("hf:acme/model", { env, patience });
    expect(told).toEqual([]);
  });

  test.each([
    ["its list of files", "source_changed", /a list of more than 200 pages/],
    ["an answer", "source_changed", /answers with more than 33554432 bytes/],
    ["what it says beside a redirect", "source_not_found", /is not there/],
    ["the head of an answer", "source_unreachable", /began no answer within 600 ms/],
  ])("by %s without end is left", async (what, code, message) => {
    const block = Buffer.alloc(1 << 20, " ");
    const forever = (response: ServerResponse): void => {
      const more = (): void => {
        while (!response.destroyed && response.write(block));
      };
      response.on("drain", more);
      more();
    };
    let open = 0;
    const hub = await listening((request, response) => {
      open += 1;
      response.on("close", () => {
        open -= 1;
      });
      const path = request.url ?? "";
      if (what === "an answer") {
        response.writeHead(200);
        return forever(response);
      }
      if (what === "what it says beside a redirect") {
        if (path.includes("elsewhere")) return void response.writeHead(404).end();
        response.writeHead(302, { location: "/elsewhere" });
        return forever(response);
      }
      if (what === "the head of an answer") {
        request.socket.write("HTTP/1.1 200 OK\r\nx-slow: ");
        const trickle = setInterval(() => request.socket.write("a"), 10);
        request.socket.on("error", () => {});
        request.socket.on("close", () => clearInterval(trickle));
        return;
      }
      const link = `<http://${request.headers.host}${path.replace(/&cursor.*/, "")}&cursor=${Math.random()}>; rel="next"`;
      response.writeHead(200, { "content-type": "application/json", ...(path.includes("/tree/") ? { link } : {}) });
      response.end(path.includes("/tree/") ? "[]" : info);
    });
    const env = { HF_ENDPOINT: hub };
    using sources = new Sources([], { env, idleMs: what === "the head of an answer" ? 200 : 5000 });
    const opened = sources.open("hf:acme/model", { env, patience: { ...patience, failures: 1 } });
    await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    if (what !== "the head of an answer") await expect.poll(() => open).toBe(0);
  });
});

describe("a web server", () => {
  const body = weights(30_000);
  type Headers = Readonly<Record<string, string>>;
  const serving = (headersOf: (asked: number) => Headers): Promise<string> => {
    let asked = 0;
    return listening((request, response) => {
      const [, from = "0", to = "0"] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
      const range = { "content-range": `bytes ${from}-${to}/${body.length}` };
      response.writeHead(206, { ...range, ...headersOf(asked++) }).end(body.subarray(Number(from), Number(to) + 1));
    });
  };

  test("whose file gets another time midway, without an ETag, gives nothing", async () => {
    const address = await serving((asked) => ({ "last-modified": new Date(asked > 1 ? 2e12 : 1e12).toUTCString() }));
    await using box = await BoxedPull.of({ files });
    const pulled = box.pull({ spec: specOf({ origin: { repository: address } }), connections: 1 });
    await expect(pulled).rejects.toMatchObject({
      code: "source_changed",
      message: expect.stringMatching(/Last-Modified/),
    });
  });

  test("that packs a file against our wish gives nothing", async () => {
    const address = await serving(() => ({ "content-encoding": "gzip", etag: '"1"' }));
    await using box = await BoxedPull.of({ files });
    const pulled = box.pull({ spec: specOf({ origin: { repository: address } }) });
    await expect(pulled).rejects.toMatchObject({ code: "source_changed", message: expect.stringMatching(/gzip/) });
  });

  test.each(["//other.example/model.onnx", "../model.onnx", "/model.onnx"])(
    "is not left by the path %s",
    async (path) => {
      const address = await serving(() => ({ etag: '"1"' }));
      using sources = new Sources();
      const repository = await sources.open(`${address}/models/`, { env: {}, patience });
      await expect(repository.file(path)).rejects.toMatchObject({ code: "input_invalid" });
    },
  );
});

test("a file of a folder that is written while it is copied gives nothing", async () => {
  const dir = await mkdtemp(join(tmpdir(), "menagerie-written-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, "model.onnx"), weights(60_000));
  await using box = await BoxedPull.of({ files });
  const origin = { repository: `file://${dir}`, files: { model: "model.onnx" } };
  let isWritten = false;
  const onProgress = ({ receivedBytes }: { receivedBytes: number }): void => {
    if (receivedBytes === 0 || isWritten) return;
    isWritten = true;
    writeFileSync(join(dir, "model.onnx"), new Uint8Array(60_000));
  };
  const pulled = box.pull({ spec: specOf({ origin }), connections: 1, onProgress });
  await expect(pulled).rejects.toMatchObject({ code: "source_changed" });
  expect((await box.files()).filter((file) => !file.startsWith(".store/incoming/"))).toEqual([]);
});

test("a name that a public host leads to is looked up anew for each range, and must stay public", async () => {
  const body = weights(30_000);
  const address = await listening((request, response) => {
    const [, from = "0", to = "0"] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    const range = { "content-range": `bytes ${from}-${to}/${body.length}`, connection: "close" };
    response.writeHead(206, range).end(body.subarray(Number(from), Number(to) + 1));
  });
  const hub = await listening((_request, response) => {
    response.writeHead(302, { location: `http://moving.example:${new URL(address).port}/file` }).end();
  });
  let asked = 0;
  const lookup = ((_name: string, { all }: { all?: boolean }, done: (e: null, a: unknown, f?: number) => void) => {
    // The last is of this machine, and answers as well.
    const found = asked++ < 2 ? "127.0.0.1" : "::ffff:127.0.0.1";
    if (all === true) done(null, [{ address: found, family: found.includes(":") ? 6 : 4 }]);
    else done(null, found, found.includes(":") ? 6 : 4);
  }) as never;
  const isPrivate = (one: string): boolean => one.startsWith("::ffff:");
  await using box = await BoxedPull.of({ files });
  const pulled = box.pull({ spec: specOf({ origin: { repository: hub } }), isPrivate, lookup, connections: 1 });
  await expect(pulled).rejects.toMatchObject({ code: "redirect_refused" });
});
