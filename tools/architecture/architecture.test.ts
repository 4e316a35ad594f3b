import { describe, expect, test } from "vitest";
import { layerViolations } from "./core-layers.ts";
import { importCircles } from "./import-circles.ts";
import { importsOf } from "./imports-of.ts";
import { readPackages, readSources } from "./repository.ts";
import { violations } from "./rules.ts";

test("every source file keeps to the arrows", async () => {
  const packages = await readPackages();
  const sources = await readSources();
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap((file) => violations(file, packages))).toEqual([]);
});

test("the folders of core keep to their order, and what anybody may import names nothing of Node", async () => {
  expect((await readSources()).flatMap(layerViolations)).toEqual([]);
});

test("no files name each other in a circle", async () => {
  expect(importCircles(await readSources())).toEqual([]);
});

describe("a planted violation is seen:", () => {
  const planted: [string, string, string][] = [
    ["core names a plugin", "packages/core/src/x.ts", 'import "@menagerie/plugin-clip";'],
    ["core names a kit, for a type alone", "packages/core/src/x.ts", 'import type { A } from "@menagerie/vision";'],
    ["a plugin names a plugin", "plugins/clip/src/x.ts", 'export * from "@menagerie/plugin-brisque";'],
    ["a plugin names the host", "plugins/clip/src/x.ts", 'const host = await import("@menagerie/core/host");'],
    ["a kit names another kit", "packages/text/src/x.ts", 'import { a } from "@menagerie/vision";'],
    ["a kit names the host", "packages/onnx/src/x.ts", 'import { a } from "@menagerie/core/host";'],
    ["the server names a kit", "packages/server/src/x.ts", 'import { a } from "@menagerie/onnx";'],
    ["the command names a kit", "packages/cli/src/x.ts", 'const kit = await import("@menagerie/vision");'],
    ["the command needs its optional kit", "packages/cli/src/drawing-kit.ts", 'import { a } from "@menagerie/vision";'],
    ["testing names the server", "packages/testing/src/x.ts", 'import { a } from "@menagerie/server";'],
    ["tsyringe outside the container", "packages/core/src/host/x.ts", 'import { injectable } from "tsyringe";'],
    ["reflect-metadata outside the container", "packages/cli/src/x.ts", 'import "reflect-metadata";'],
    ["onnxruntime-node in a plugin", "plugins/clip/src/x.ts", 'const a = require("onnxruntime-node");'],
    ["sharp in the server", "packages/server/src/x.ts", 'import sharp from "sharp";'],
    ["a relative import across packages", "packages/text/src/x.ts", 'import "../../core/src/device.ts";'],
    ["an undeclared dependency", "packages/text/src/x.ts", 'import { pino } from "pino";'],
    ["a name that says nothing", "packages/text/src/utils.ts", "export const a = 1;"],
    ["a timer beside the host's clock", "packages/core/src/host/x.ts", "setTimeout(() => {}, 1);"],
    ["a signal with a timer of its own", "packages/core/src/host/calls/x.ts", "const s = AbortSignal.timeout(5);"],
    ["Node's promises of timers in the host", "packages/core/src/host/x.ts", 'import "node:timers/promises";'],
    ["the network reached beside the client", "packages/cli/src/x.ts", 'const a = await fetch("http://a");'],
    ["a door to the network in the command", "packages/cli/src/x.ts", 'import { get } from "node:https";'],
    ["a door to the network in a plugin", "plugins/clip/src/x.ts", 'import http from "node:http";'],
    ["a door to the network in the host", "packages/core/src/host/x.ts", 'import { connect } from "node:tls";'],
    ["a client of the network in the server", "packages/server/src/x.ts", 'import { request } from "node:http";'],
    ["the hub's library outside of pull", "packages/cli/src/x.ts", 'import { listFiles } from "@huggingface/hub";'],
    ["pull names the host", "packages/pull/src/x.ts", 'import { createZoo } from "@menagerie/core/host";'],
    ["the client names the host", "packages/client/src/x.ts", 'import type { A } from "@menagerie/core/host";'],
    ["a decorator", "packages/core/src/x.ts", "@injectable()\nexport class A {}"],
    ["a file too long", "packages/core/src/x.ts", "export {};\n".repeat(301)],
  ];

  test.each(planted)("%s", async (_what, path, source) => {
    const found = violations({ path, source, imports: importsOf(path, source) }, await readPackages());
    expect(found).not.toEqual([]);
  });

  test("and what is allowed is not", async () => {
    const source =
      'import { ModelError } from "@menagerie/core";\nimport sharp from "sharp";\nimport { b } from "./b.ts";\n';
    const path = "packages/vision/src/x.ts";
    expect(violations({ path, source, imports: importsOf(path, source) }, await readPackages())).toEqual([]);
  });
});

test("a planted circle is seen, for a type alone and over several files", () => {
  const file = (path: string, source: string) => ({ path, imports: importsOf(path, source) });
  const files = [
    file("a/x.ts", 'import type { Y } from "./y.ts";'),
    file("a/y.ts", 'export * from "../b/z.ts";'),
    file("b/z.ts", 'import { x } from "../a/x.ts";'),
    file("b/alone.ts", 'import { x } from "../a/x.ts";'),
  ];
  expect(importCircles(files)).toEqual([["a/x.ts", "a/y.ts", "b/z.ts"]]);
});

test.each([
  ["contract/x.ts", 'import { readFile } from "node:fs/promises";'],
  ["tasks/x.ts", 'import { a } from "../loader/graph.ts";'],
  ["zoo/deep/x.ts", 'import type { A } from "../../host/catalogue.ts";'],
  ["runner/x.ts", 'import { a } from "../host/clock.ts";'],
])("a file of core that names what its folder may not is seen: %s", (name, source) => {
  const path = `packages/core/src/${name}`;
  expect(layerViolations({ path, source, imports: importsOf(path, source) })).toHaveLength(1);
});
