import { ServedZoo } from "@menagerie/client";
import { type AnswerTensor, taskValue, type Zoo } from "@menagerie/core";
import { createZoo, type LocalZoo } from "@menagerie/core/host";
import { definePlugin, type Graph, type LoadContext, ModelLoaderBase, type TaskMethods } from "@menagerie/core/loader";

interface Opened {
  graph: Graph;
}

class MyLoader extends ModelLoaderBase<Opened> {
  protected override readonly tasks: TaskMethods<Opened> = {
    "score-image": async ({ graph }, { image }) => ({ score: image.length + graph.name.length, best: 0, worst: 100 }),
  };
  protected override async open(context: LoadContext): Promise<Opened> {
    return { graph: await context.open("model") };
  }
}

export default definePlugin({ name: "mine", loaders: { mine: MyLoader } });

interface Message {
  role: "user" | "assistant";
  content: string;
}

const classifyText = taskValue<{ messages: Message[] }, { labels: { label: string; score: number }[] }>("classify-text");
const embedAudio = taskValue<{ audio: Uint8Array }, { embedding: AnswerTensor }>("embed-audio");

/** Any zoo, here or elsewhere. */
export async function ask(zoo: Zoo, picture: Uint8Array): Promise<string> {
  const { output } = await zoo.run("emoji-clip", "match-image", { images: [picture], top_k: 3 });
  const mood = await zoo.run("mood", classifyText, { messages: [{ role: "user", content: "glad" }] });
  const label: string | undefined = mood.output.labels[0]?.label;
  const { embedding } = (await zoo.run("loudness", embedAudio, { audio: picture })).output;
  const data: Uint8Array = embedding.data;
  // @ts-expect-error a field that the task does not have
  await zoo.run("emoji-clip", "match-image", { image: picture });
  // @ts-expect-error a message without its role
  await zoo.run("mood", classifyText, { messages: [{ content: "glad" }] });
  return `${output.per_image.length} ${label ?? ""} ${data.length} ${(await zoo.models).length}`;
}

export async function both(): Promise<void> {
  const local: LocalZoo = await createZoo({ spec: { models: [{ model: "mood" }] } });
  const served = new ServedZoo("http://127.0.0.1:8000");
  await ask(local, new Uint8Array());
  await ask(served, new Uint8Array());
  await local.close();
}
