import { createZoo } from "@menagerie/core/host";
import { expect, test } from "vitest";
import { createServer } from "./create-server.ts";

test("a form or a list that asks for loads is refused, and does not load everything", async () => {
  await using zoo = await createZoo({ appDir: import.meta.dirname, spec: { runner: "inline" } });
  await zoo.register({ name: "a", load: () => ({}) });
  const server = await createServer(zoo);
  const form = '--x\r\ncontent-disposition: form-data; name="models"\r\n\r\nother\r\n--x--\r\n';
  for (const [type, payload] of [
    ["multipart/form-data; boundary=x", form],
    ["application/json", "[]"],
  ] as const) {
    const headers = { "content-type": type };
    const refused = await server.inject({ url: "/v1/load", method: "POST", headers, payload });
    expect(refused.json().error.code).toBe("input_invalid");
  }
  expect(zoo.status().models[0]?.state).toBe("cold");
  await server.close();
});
