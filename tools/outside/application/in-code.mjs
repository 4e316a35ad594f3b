/** What an application asks by code and over HTTP. */
import { readFileSync } from "node:fs";
import { ServedZoo } from "@menagerie/client";
import { madeRecording, taskValue } from "@menagerie/core";
import { createZoo } from "@menagerie/core/host";
import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";
import { createServer } from "@menagerie/server";
import { check, refused } from "./check.mjs";

class CountLoader extends ModelLoaderBase {
  tasks = { "score-image": (_opened, { image }) => ({ score: image.length, best: 0, worst: 100 }) };
  async open() {
    return {};
  }
}

const inCode = definePlugin({
  name: "in-code",
  loaders: { count: CountLoader },
  models: [
    {
      model_name: "count",
      model_version: "1",
      role: "counting",
      tasks: ["score-image"],
      loader: "count",
      runtime: "inprocess",
      engine: "js",
      precision: "fp32",
      device_policy: "cpu",
      local_artifacts: [],
      resource_requirements: { vram_mb: 0, ram_mb: 10 },
      licence: { id: "Apache-2.0" },
    },
  ],
});

const picture = new Uint8Array(readFileSync("picture.png"));
const messages = [{ role: "user", content: "What a lovely day, thanks!" }];
const classifyText = taskValue("classify-text");
const paintImage = taskValue("paint-image");
const embedAudio = taskValue("embed-audio");

const local = await createZoo({ plugins: [inCode] });
await local.register({
  name: "plain",
  load: () => ({ scale: 2 }),
  tasks: { "score-image": ({ scale }, { image }) => ({ score: scale * image.length, best: 0, worst: 100 }) },
});
const server = await createServer(local);
const address = await server.listen({ port: 0, host: "127.0.0.1" });
const served = new ServedZoo(address);
try {
  check("no problems", local.problems.length === 0, local.problems);
  for (const [where, zoo] of [
    ["by code", local],
    ["over HTTP", served],
  ]) {
    const mood = await zoo.run("mood", classifyText, { messages });
    check(`${where}: a task of its own, asked about a conversation`, mood.output.labels[0].label === "glad", mood);
    const { embedding } = (await zoo.run("loudness", embedAudio, { audio: madeRecording("first") })).output;
    check(`${where}: a tensor`, embedding.dtype === "float32" && embedding.data instanceof Uint8Array, embedding);
    const { image } = (await zoo.run("mirror", paintImage, { prompt: "#ff0000", size: 4 })).output;
    check(`${where}: a picture`, Buffer.from(image).subarray(1, 4).toString() === "PNG", image);
    const beads = await zoo.run("beads", "score-image", { image: Uint8Array.of(1, 2) });
    const { engine, precision } = beads.models_used[0];
    check(
      `${where}: an engine of its own`,
      beads.output.score === 2.5 && engine === "abacus" && precision === "decimal",
      beads,
    );
    const { labels } = (await zoo.run("tiny-weather", "classify-image", { image: picture })).output;
    check(
      `${where}: a model without code`,
      Math.abs(labels.reduce((sum, { score }) => sum + score, 0) - 1) < 1e-4,
      labels,
    );
    const count = await zoo.run("count", "score-image", { image: picture });
    check(`${where}: a plugin that is an object`, count.output.score === picture.length, count);
    const plain = await zoo.run("plain", "score-image", { image: picture });
    check(`${where}: a plain function`, plain.output.score === 2 * picture.length, plain);
  }
  const { paths } = await (await fetch(`${address}/openapi.json`)).json();
  const own = ["classify-text", "embed-audio", "paint-image"];
  check(
    "OpenAPI has the tasks",
    own.every((task) => paths[`/v1/tasks/${task}`] !== undefined),
    Object.keys(paths),
  );
  const drawn = await fetch(`${address}/v1/tasks/paint-image`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "image/png" },
    body: JSON.stringify({ model: "mirror", input: { prompt: "#00ff00" } }),
  });
  check(
    "a picture is given as one where it is asked for",
    drawn.headers.get("content-type") === "image/png",
    drawn.status,
  );
  await refused("a misspelt field", /did you mean "messages"/, served.run("mood", classifyText, { mesages: messages }));
  await refused(
    "a task that the model does not answer",
    /answers: classify-text/,
    local.run("mood", paintImage, { prompt: "" }),
  );
  await refused("a model that is not there", /Did you mean "mirror"/, served.find("miror"));
  await local.remove("plain");
  await refused(
    "a model that was removed",
    /No model is called "plain"/,
    local.run("plain", "score-image", { image: picture }),
  );
} finally {
  await served.close();
  await server.close();
  await local.close();
}
