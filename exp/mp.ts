import multipart from "@fastify/multipart";
import { TaskRegistry } from "@menagerie/core";
import fastify from "fastify";
import { readTaskRequest } from "../packages/server/src/task-request.ts";
import { sendError } from "../packages/server/src/error-response.ts";
const server = fastify();
await server.register(multipart, { limits: { parts: 5 } });
server.setErrorHandler(sendError);
server.post("/t", async (request) => { const { input } = await readTaskRequest(new TaskRegistry().named("estimate-pose"), request); return Object.keys(input as object); });
const part = (name: string, v: string, b = "x") => `--${b}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${v}\r\n`;
const cases: [string, string, string][] = [
  ["no boundary", "multipart/form-data", part("model", "m") + "--x--\r\n"],
  ["empty boundary", "multipart/form-data; boundary=", part("model", "m") + "--x--\r\n"],
  ["garbage", "multipart/form-data; boundary=x", "hello"],
  ["empty body", "multipart/form-data; boundary=x", ""],
  ["cut", "multipart/form-data; boundary=x", part("model", "m") + part("image", "aaaa").slice(0, -8)],
  ["cut header", "multipart/form-data; boundary=x", part("model", "m") + "--x\r\nContent-Dispo"],
  ["no end", "multipart/form-data; boundary=x", part("model", "m") + part("image", "aaaa")],
  ["other boundary", "multipart/form-data; boundary=y", part("model", "m") + "--x--\r\n"],
  ["cut file", "multipart/form-data; boundary=x", part("model", "m") + `--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc`],
  ["proto", "multipart/form-data; boundary=x", part("__proto__", "m") + "--x--\r\n"],
  ["no name", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data\r\n\r\nq\r\n" + part("model","m")+ "--x--\r\n"],
  ["no disposition", "multipart/form-data; boundary=x", "--x\r\nX: form-data\r\n\r\nq\r\n" + part("model","m")+ "--x--\r\n"],
  ["many", "multipart/form-data; boundary=x", part("model", "m").repeat(8) + "--x--\r\n"],
  ["twice", "multipart/form-data; boundary=x", part("model", "m") + part("image", "aaaa") + part("image", "bbbb") + "--x--\r\n"],
  ["twice model", "multipart/form-data; boundary=x", part("model", "m") + part("model", "n") + "--x--\r\n"],
  ["name", "multipart/form-data; boundary=x", part("model", "m") + part("image", "photo.jpg") + "--x--\r\n"],
  ["path", "multipart/form-data; boundary=x", part("model", "m") + part("image", "/tmp/photo") + "--x--\r\n"],
  ["empty", "multipart/form-data; boundary=x", part("model", "m") + part("image", "") + "--x--\r\n"],
  ["related", "multipart/related; boundary=x", part("model", "m") + part("image", "") + "--x--\r\n"],
  ["quoted", 'multipart/form-data; boundary="x"', part("model", "m") + part("image", "aaaa") + "--x--\r\n"],
];
for (const [name, type, payload] of cases) {
  const r = await Promise.race([server.inject({ method: "POST", url: "/t", headers: { "content-type": type }, payload }), new Promise<any>((y) => setTimeout(() => y({ statusCode: "HANGS", body: "" }), 2000))]);
  console.log(name.padEnd(15), r.statusCode, r.body.slice(0, 230));
}
process.exit(0);
