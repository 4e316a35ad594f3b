import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { isPrivateAddress } from "../http/private-address.ts";
import { forbidden } from "../http/redirect-rules.ts";
import { BoxedPull, specOf, weights } from "../hub-in-a-box/boxed-pull.ts";
import { planPull, Sources, type WeightSource } from "../index.ts";

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

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "menagerie-source-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe("a hub", () => {
  test("is asked for a branch, a tag or a short commit once, and for its 40 digits from then on", async () => {
    await using box = await BoxedPull.of({ files, branches: ["v2"] }, { pageSize: 1 });
    using sources = new Sources([], { env: box.env });
    const sha = box.hub.shaOf("acme/model");
    for (const revision of ["main", "v2", sha.slice(0, 7), sha]) {
      const found = await sources.open(`hf:acme/model@${revision}`, { env: box.env });
      expect(found).toMatchObject({ revision: sha, repository: "acme/model" });
      expect(found.files?.map(({ path }) => path)).toEqual(["config.json", "onnx/model.onnx"]);
    }
    const asked = box.hub.requests.filter(({ path }) => path.includes("/tree/"));
    expect(asked.every(({ path }) => path.includes(`/tree/${sha}`))).toBe(true);
  });

  test.each([
    ["no repository", "hf:acme/other", "source_not_found", /is not there, or is private/],
    ["no revision", "hf:acme/model@v9", "source_not_found", /Invalid rev id: v9/],
    ["no name", "hf:acme", "input_invalid", /hf:OWNER\/NAME/],
    ["a name that climbs", "hf:acme/..", "input_invalid", /hf:OWNER\/NAME/],
  ])("with %s of that name says so", async (_what, address, code, message) => {
    await using box = await BoxedPull.of({ files });
    using sources = new Sources([], { env: box.env });
    await expect(sources.open(address, { env: box.env, patience })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("opens its gate for a token, which no other host sees", async () => {
    await using box = await BoxedPull.of({ files, gated: true });
    await expect(box.pull()).rejects.toMatchObject({ code: "source_forbidden" });
    box.env.HF_TOKEN = "wrong";
    await expect(box.pull()).rejects.toMatchObject({ code: "source_forbidden" });
    box.env.HF_TOKEN = box.hub.token;
    await box.pull();
    const told = box.hub.requests.filter(({ authorization }) => authorization === `Bearer ${box.hub.token}`);
    expect(told.length).toBeGreaterThan(0);
    expect(box.hub.requests.filter(({ isContent, authorization }) => isContent && authorization)).toEqual([]);
  });

  test("that mirrors another lists its further pages itself, and its token goes nowhere else", async () => {
    let elsewhere = 0;
    const mirrored = await listening((_request, response) => {
      elsewhere += 1;
      response.end("[]");
    });
    const other = mirrored.replace("127.0.0.1", "localhost");
    const entry = (path: string): object => ({ type: "file", path, size: 2, oid: "a".repeat(40) });
    const mirror = await listening((request, response) => {
      response.setHeader("content-type", "application/json");
      const asked = request.url ?? "";
      if (asked.includes("cursor=2")) return response.end(JSON.stringify([entry("b.json")]));
      if (!asked.includes("/tree/")) return response.end(JSON.stringify({ id: "acme/model", sha: "a".repeat(40) }));
      response.setHeader("link", `<${other}/api/models/acme/model/tree/main?cursor=2>; rel="next"`);
      return response.end(JSON.stringify([entry("a.json")]));
    });
    using sources = new Sources([], { env: {} });
    const env = { HF_ENDPOINT: `${mirror}/mirror`, HF_TOKEN: "hf_secret" };
    const found = await sources.open("hf:acme/model", { env, patience });
    expect(found.files?.map(({ path }) => path)).toEqual(["a.json", "b.json"]);
    expect(elsewhere).toBe(0);
  });

  test("is spared what another program of its own has fetched, where its bytes are right", async () => {
    await using box = await BoxedPull.of({ files });
    const home = await folder();
    const snapshot = join(home, "hub/models--acme--model/snapshots", box.hub.shaOf("acme/model"), "onnx");
    await mkdir(snapshot, { recursive: true });
    await writeFile(join(snapshot, "model.onnx"), weights(30_000));
    box.env.HF_HOME = home;
    expect((await box.pull()).artifacts).toMatchObject([{ from: "cache" }]);
    expect(box.hub.sentBytes).toBe(0);
    await using other = await BoxedPull.of({ files });
    await writeFile(join(snapshot, "model.onnx"), new Uint8Array(30_000));
    other.env.HF_HOME = home;
    expect((await other.pull()).artifacts).toMatchObject([{ from: "source" }]);
  });
});

describe("addresses", () => {
  test.each(["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])("are not fetched while %s is set", async (name) => {
    await using box = await BoxedPull.of({ files });
    box.env[name] = "1";
    await expect(box.pull()).rejects.toMatchObject({
      code: "network_forbidden",
      message: expect.stringContaining(name),
    });
    box.env[name] = "0";
    await box.pull();
  });

  test("that nobody knows are refused by name, and served by whoever brings their source", async () => {
    await using box = await BoxedPull.of({ files });
    using none = new Sources([], { env: box.env });
    await expect(none.open("s3:acme/model", { env: box.env })).rejects.toMatchObject({
      code: "source_unsupported",
      message: expect.stringMatching(/s3: addresses.*hf, github, https, http, file.*"scheme": "s3"/),
    });
    const brought: WeightSource = {
      scheme: "s3",
      open: async (repository) => ({ repository, file: async () => undefined }),
    };
    using some = new Sources([brought], { env: box.env });
    expect((await some.open("s3:acme/model", { env: box.env })).repository).toBe("s3:acme/model");
  });

  test("of a folder bring its files, and none without a network is needed", async () => {
    await using box = await BoxedPull.of({ files });
    const dir = await folder();
    await mkdir(join(dir, "onnx"));
    await writeFile(join(dir, "onnx/model.onnx"), weights(30_000));
    box.env.HF_HUB_OFFLINE = "1";
    const spec = specOf({ origin: { repository: `file://${dir}` } });
    expect(await box.pull({ spec })).toMatchObject({
      origin: { repository: dir },
      artifacts: [{ size_bytes: 30_000 }],
    });
    expect(box.hub.requests).toEqual([]);
  });

  test("of a web server bring its files by ranges, and those that it lacks are told", async () => {
    await using box = await BoxedPull.of({ files });
    const root = `${box.hub.address}/acme/model/resolve/main`;
    const spec = specOf({ origin: { repository: root } });
    expect(await box.pull({ spec })).toMatchObject({ origin: { repository: `${root}/` } });
    const lacking = specOf({ origin: { repository: root, files: { model: "other.onnx" } } });
    await expect(box.pull({ spec: lacking })).rejects.toMatchObject({ code: "source_not_found" });
  });
});

test("a repository without the graph says what it has, and what to do", async () => {
  await using box = await BoxedPull.of({ files: { "model.safetensors": weights(20_000), "config.json": weights(20) } });
  await expect(box.pull()).rejects.toMatchObject({
    code: "source_not_found",
    message: expect.stringMatching(
      /has no onnx\/model\.onnx\. It has model\.safetensors, and no ONNX graph\. Export it .*zoo adopt FOLDER --like small/,
    ),
  });
});

test("of a checkpoint of one's own without the graph, the family to adopt it by is named, not the checkpoint", async () => {
  await using box = await BoxedPull.of({ files: { "model.safetensors": weights(20) } });
  using sources = new Sources([], { env: box.env });
  const repository = await sources.open("hf:acme/model", { env: box.env });
  await expect(planPull(specOf(), repository, box.store, undefined, "clip")).rejects.toThrow(
    /^small: .*zoo adopt FOLDER --like clip`/,
  );
});

test("a proxy is asked where one is set, and left where NO_PROXY names the host", async () => {
  await using box = await BoxedPull.of({ files });
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(502).end();
  });
  proxy.on("connect", (request: IncomingMessage, socket: Socket) => {
    asked.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const onward = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  for (const spelling of [address, address.replace("http://", "")]) {
    box.env.HTTP_PROXY = spelling;
    asked.length = 0;
    await expect(box.pull()).rejects.toMatchObject({ code: "source_unreachable" });
    expect(asked.length).toBeGreaterThan(0);
  }
  asked.length = 0;
  box.env.HTTP_PROXY = "socks5://me:secret@127.0.0.1:9";
  await expect(box.pull()).rejects.toMatchObject({
    code: "source_unreachable",
    message: expect.stringMatching(
      /^(?!.*secret).*is not asked: socks5:\/\/127\.0\.0\.1:9 is set as its proxy, and is none of HTTP/,
    ),
  });
  expect(box.hub.requests).toEqual([]);
  box.env.NO_PROXY = "127.0.0.1";
  await box.pull();
  expect(asked).toEqual([]);
});

test.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.255.255", true],
  ["172.32.0.1", false],
  ["192.168.0.1", true],
  ["169.254.169.254", true],
  ["100.64.0.1", true],
  ["::1", true],
  ["[::1]", true],
  ["fd00::1", true],
  ["fe80::1%eth0", true],
  ["::ffff:127.0.0.1", true],
  ["[::ffff:7f00:1]", true],
  ["::127.0.0.1", true],
  ["::ffff:0:10.0.0.1", true],
  ["64:ff9b::169.254.169.254", true],
  ["64:ff9b::8.8.8.8", false],
  ["64:ff9b:1::8.8.8.8", true],
  ["2002:a00:1::1", true],
  ["2002:808:808::1", false],
  ["2001::80ff:fffe", true],
  ["2001:4860:4860::8888", false],
  ["fec0::1", true],
  ["8.8.8.8", false],
  ["2606:4700::1", false],
  ["huggingface.co", false],
])("%s is of a private network: %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});

test.each([
  ["https://a.example/", "http://a.example/", /leaves https for http/],
  ["https://a.example/", "file:///etc/passwd", /file: is no address/],
  ["https://a.example/", "ftp://a.example/", /ftp: is no address/],
  ["https://a.example/", "https://u:p@a.example/", /carries a password/],
  ["http://a.example/", "https://b.example/", undefined],
  ["https://a.example/", "https://b.example/", undefined],
])("a redirect from %s to %s is judged", (from, to, problem) => {
  const found = forbidden(new URL(from), new URL(to));
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});

test("a server that does not say how long a file is is not believed", async () => {
  const address = await listening((_request, response) => {
    response.writeHead(200);
    response.write("a");
    response.end("b");
  });
  await using box = await BoxedPull.of({ files });
  const spec = specOf({ origin: { repository: address } });
  await expect(box.pull({ spec })).rejects.toMatchObject({ code: "source_changed" });
});

const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${"ab".repeat(32)}\nsize 351000000\n`;

describe("what comes instead of a file is thrown away:", () => {
  test.each([
    ["a web page", "<!doctype html><title>Sign in</title>", /is a web page \("Sign in"\)/],
    ["a refusal in words", "Entry not found", /is what a server said instead of the file/],
    ["a git-lfs pointer", pointer, /is a git-lfs pointer, which promises 351\.0 MB.*--from file:/],
  ])("%s", async (_what, body, message) => {
    const address = await listening((_request, response) => {
      response.writeHead(200, { "content-length": body.length }).end(body);
    });
    await using box = await BoxedPull.of({ files });
    await expect(box.pull({ spec: specOf({ origin: { repository: address } }) })).rejects.toMatchObject({
      code: "source_not_found",
      message: expect.stringMatching(message),
    });
    expect(await box.files()).toEqual([]);
  });

  test("a pointer in a folder that was cloned without git-lfs, and one whose git id is right", async () => {
    await using box = await BoxedPull.of({ files: { "model.txt": new TextEncoder().encode(pointer) } });
    const dir = await folder();
    await mkdir(join(dir, "onnx"));
    await writeFile(join(dir, "onnx/model.onnx"), pointer);
    const small = { repository: "acme/model", revision: "main", files: { model: "model.txt" } };
    for (const origin of [{ repository: `file://${dir}` }, small])
      await expect(box.pull({ spec: specOf({ origin }) })).rejects.toMatchObject({ code: "source_not_found" });
    expect(await box.files()).toEqual([]);
  });

  test("but not what is markup by its name, or by the digest that its source declares", async () => {
    const page = new TextEncoder().encode("<?xml version='1.0'?><net/>");
    await using box = await BoxedPull.of({ files: { "net.xml": page, "net.bin": page } });
    const web = { repository: `${box.hub.address}/acme/model/resolve/main`, files: { model: "net.xml" } };
    await box.pull({ spec: specOf({ origin: web }) });
    await box.pull({ spec: specOf({ origin: { repository: "acme/model", files: { model: "net.bin" } } }) });
  });
});

test("an empty file on a web server is refused as empty", async () => {
  const address = await listening((_request, response) => {
    response.writeHead(416, { "content-range": "bytes */0" }).end();
  });
  await using box = await BoxedPull.of({ files });
  await expect(box.pull({ spec: specOf({ origin: { repository: address } }) })).rejects.toMatchObject({
    code: "weights_empty",
  });
});

test("bytes that a server packs although nobody asked for it are not taken for the file's", async () => {
  const bytes = gzipSync(weights(30_000));
  const address = await listening((request, response) => {
    const status = request.url === "/gone/onnx/model.onnx" ? 403 : 200;
    response.writeHead(status, { "content-encoding": "gzip", "content-length": bytes.length }).end(bytes);
  });
  await using box = await BoxedPull.of({ files });
  await expect(box.pull({ spec: specOf({ origin: { repository: address } }) })).rejects.toMatchObject({
    code: "source_changed",
    message: expect.stringMatching(/comes packed \(content-encoding gzip\)/),
  });
  const refused = box.pull({ spec: specOf({ origin: { repository: `${address}/gone` } }) });
  await expect(refused).rejects.toMatchObject({
    code: "source_forbidden",
    message: expect.stringMatching(/\(403\)\.$/),
  });
  expect(await box.files()).toEqual([]);
});
