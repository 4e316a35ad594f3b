import { ServedZoo } from "@menagerie/client";
import { ModelError, modelSignature } from "@menagerie/core";

/**
 * What a page does with a zoo that is served beside it. Runs in a browser; what it found goes to the server that the page is from.
 * Nothing of Node, nor of its types, is here.
 */
async function ask(address: string, picture: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  const zoo = new ServedZoo(address);
  const loaded = await zoo.load("emoji-clip");
  const answer = await zoo.run("emoji-clip", "match-image", { images: [picture], top_k: 1 });
  const stream = zoo.stream("demo-brisque", "score-image", { image: picture });
  const lease = await zoo.get("emoji-clip");
  const leases = async (): Promise<number | undefined> =>
    (await zoo.status()).models.find(({ model }) => model === "emoji-clip")?.leases;
  const held = await leases();
  await lease[Symbol.asyncDispose]();
  const refusal: unknown = await zoo.run("emoji-clp", "match-image", { images: [picture] }).catch((error) => error);
  const late: unknown = await zoo
    .run("emoji-clip", "match-image", { images: [picture] }, { deadlineMs: 0 })
    .catch((error) => error);
  const found = {
    label: answer.output.per_image[0]?.matches[0]?.label,
    isSigned: modelSignature(answer.models_used, loaded.recipe) === answer.model_signature,
    score: (await stream.answer).output.score,
    leases: held,
    refusal: refusal instanceof ModelError ? refusal.code : String(refusal),
    late: late instanceof ModelError ? late.code : String(late),
    models: (await zoo.models).length,
    tasks: (await zoo.tasks).names.length,
  };
  await zoo.close();
  return found;
}

declare const window: {
  readonly location: { readonly origin: string };
  fetch: typeof fetch;
};

async function main(): Promise<void> {
  const { origin } = window.location;
  const tell = (found: unknown): Promise<unknown> =>
    window.fetch("/found", { method: "POST", body: JSON.stringify(found) });
  try {
    const picture = new Uint8Array(await (await window.fetch("/picture")).arrayBuffer());
    await tell(await ask(`${origin}/zoo`, picture));
  } catch (error) {
    await tell({ error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error) });
  }
}

void main();
