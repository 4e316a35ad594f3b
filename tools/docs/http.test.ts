import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createZoo } from "@menagerie/core/host";
import { createServer } from "@menagerie/server";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("the page on HTTP names every route, and none that is not there", async () => {
  const page = await readFile(`${root}docs/http.md`, "utf8");
  const named = [...page.matchAll(/`(GET|POST|PUT) (\/[^`]*)`/g)].map(([, method, path]) => `${method} ${path}`);
  await using zoo = await createZoo({ appDir: root });
  const server = await createServer(zoo);
  const routes = routesOf(server.printRoutes({ commonPrefix: false }));
  await server.close();
  expect(routes.length).toBeGreaterThan(5);
  expect([...new Set(named)].sort()).toEqual(routes.sort());
});

/** Routes from the tree that fastify prints: each line has the end of a path, deeper by four columns than its parent's. */
function routesOf(tree: string): string[] {
  const parents: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const [, indent = "", end = "", methods = ""] = /^(.*?── )(\S+)(?: \(([A-Z, ]+)\))?/.exec(line) ?? [];
    const depth = indent.length / 4 - 1;
    const path = (depth > 0 ? (parents[depth - 1] ?? "") : "") + end;
    parents[depth] = path;
    return ["GET", "POST", "PUT"]
      .filter((method) => methods.split(", ").includes(method))
      .map((method) => `${method} ${path}`);
  });
}
