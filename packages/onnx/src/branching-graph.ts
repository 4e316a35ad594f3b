import type { TensorDeclaration } from "@menagerie/core";
import type { Graph, NamedTensors } from "@menagerie/core/loader";
import { type Branch, branchInput } from "./merged-graph.ts";

/** A merged decoder whose branches are graphs of their own: it looks like the merged one and runs the branch that use_cache_branch names. */
export class BranchingGraph implements Graph {
  readonly name: string;
  readonly inputs: Readonly<Record<string, TensorDeclaration>>;
  readonly outputs: Readonly<Record<string, TensorDeclaration>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #branches: Readonly<Record<Branch, Graph>>;

  /**
   * @param tensors those of the merged graph: a branch knows less of their shapes
   * @param open opens the graph of a branch
   */
  static async open(
    tensors: Pick<Graph, "inputs" | "outputs">,
    open: (branch: Branch) => Promise<Graph>,
  ): Promise<Graph> {
    const withCache = await open("then_branch");
    try {
      return new BranchingGraph(tensors, { then_branch: withCache, else_branch: await open("else_branch") });
    } catch (error) {
      await withCache[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(tensors: Pick<Graph, "inputs" | "outputs">, branches: Readonly<Record<Branch, Graph>>) {
    this.name = branches.then_branch.name;
    this.metadata = branches.then_branch.metadata;
    this.inputs = tensors.inputs;
    this.outputs = tensors.outputs;
    this.#branches = branches;
  }

  run(feeds: NamedTensors, outputs?: readonly string[]): Promise<NamedTensors> {
    const branch = feeds[branchInput]?.data[0] ? "then_branch" : "else_branch";
    return this.#branches[branch].run(feeds, outputs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const graph of Object.values(this.#branches)) await graph[Symbol.asyncDispose]();
  }
}
