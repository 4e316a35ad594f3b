import { type Device, ModelError, type TensorDeclaration } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import type { InferenceSession } from "onnxruntime-node";
import { type Engine, loadEngine } from "./engine.ts";
import { engineError } from "./engine-error.ts";
import { checkFeeds } from "./graph-contract.ts";
import { fromEngine, toEngine } from "./tensor-exchange.ts";

export interface SessionGraphParts {
  readonly model: string;
  readonly name: string;
  readonly device: Device;
  readonly session: InferenceSession;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A session as a graph. The engine runs in the calling thread until it is done: that is what a runner is for. */
export class SessionGraph implements Graph {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorDeclaration>>;
  readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #parts: SessionGraphParts;
  readonly #engine: Engine;
  #isOpen = true;

  private constructor(parts: SessionGraphParts, engine: Engine) {
    this.#parts = parts;
    this.#engine = engine;
    this.name = parts.name;
    this.metadata = parts.metadata;
    this.inputs = declarations(parts.session.inputMetadata);
    this.outputs = declarations(parts.session.outputMetadata);
  }

  static async create(parts: SessionGraphParts): Promise<SessionGraph> {
    return new SessionGraph(parts, await loadEngine());
  }

  async run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors> {
    const { model, session, device, name } = this.#parts;
    if (!this.#isOpen) throw new ModelError("model_not_loaded", `${model}: the graph "${name}" is closed.`, { model });
    checkFeeds(model, name, this.inputs, feeds);
    const given = Object.fromEntries(
      Object.entries(feeds).map(([input, tensor]) => [input, toEngine(this.#engine, tensor)]),
    );
    try {
      return fromEngine(await (outputs === undefined ? session.run(given) : session.run(given, [...outputs])));
    } catch (error) {
      throw engineError(error, `running the graph "${name}"`, model, device, "internal");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#parts.session.release();
  }
}

function declarations(values: readonly InferenceSession.ValueMetadata[]): Record<string, TensorDeclaration> {
  return Object.fromEntries(
    values
      .filter((value) => value.isTensor)
      .map((value) => [
        value.name,
        {
          dtype: value.type,
          shape: value.shape.map((size, i) => axisOf(size, `${value.name}_${i}`)),
        } as TensorDeclaration,
      ]),
  );
}

/** The size of an axis, or its name; one that has neither is free and different from every other. */
function axisOf(size: number | string, fallback: string): number | string {
  return size === "" || (typeof size === "number" && size <= 0) ? fallback : size;
}
