import { open } from "node:fs/promises";
import { type GraphBody, type GraphNode, type ModelNodes, readModelNodes, type TensorSource } from "./graph-nodes.ts";
import { ProtobufReader } from "./protobuf-reader.ts";

/** What the values of a graph's output are, by the nodes that make them. */
export interface OutputOrigin {
  /** The operator that decides it: `Softmax`, `Gemm`, or the one that is not understood. */
  readonly operator: string;
  /**
   * `logits` of a matrix, a convolution or the like; `distribution` for scores that sum to 1, `scores` for others from 0 to 1;
   * `unknown` where it cannot be told, or is something else.
   */
  readonly gives: "logits" | "distribution" | "scores" | "unknown";
}

/**
 * Follows the outputs of a graph back to what gives them their values, by the output's name: through what merely passes values
 * on (`Identity`, `Cast`, `Reshape` …), through functions that the model brings with it and the branches of `If`. Softmax and
 * sigmoid are told whichever way they are written: quantised, as a function of PyTorch's exporter, out of `Exp` and `Div`.
 * @param outputs names of tensors; one that no node computes has no origin
 * @throws MalformedFile for a file that is no whole ONNX model
 */
export async function readOutputOrigins(
  path: string,
  outputs: readonly string[],
): Promise<Readonly<Record<string, OutputOrigin>>> {
  await using file = await open(path);
  const { size } = await file.stat();
  const nodes = await readModelNodes(new ProtobufReader(file, size), size);
  const origins = new Origins(nodes);
  return Object.fromEntries(
    outputs.flatMap((name) => {
      const origin = origins.ofOutput(name);
      return origin === undefined ? [] : [[name, origin]];
    }),
  );
}

/** Operators whose first input comes out with the same values. */
const passing = new Set([
  ...["Identity", "Cast", "CastLike", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose", "Dropout", "Expand"],
  ...["DequantizeLinear", "Contiguous"],
]);

/** Operators whose first input comes out in part, or nearly. */
const choosing = new Set([
  ...["Slice", "Gather", "GatherElements", "GatherND", "Split", "Clip", "Round", "QuantizeLinear"],
  ...["DynamicQuantizeLinear", "ReduceMax", "ReduceMin", "ReduceSum", "MaxPool", "GlobalMaxPool", "Relu"],
]);

/** Operators that make scores of scores, and distributions of distributions where only one input is no constant. */
const combining = new Set(["Add", "Mul", "Div", "Sum", "Mean", "ReduceMean", "GlobalAveragePool", "AveragePool"]);

/** Operators that make scores of scores, and of distributions no more than that. */
const mixing = new Set(["Sub", "Concat", "Max", "Min", "Where"]);

/** Operators that leave logits what they are, and of scores make something else. */
const scaling = new Set(["Neg", "LeakyRelu", "PRelu"]);

/** Operators with weights: what they give are logits. */
const weighing = new Set([
  ...["Gemm", "MatMul", "Conv", "ConvTranspose", "Einsum", "MatMulInteger", "ConvInteger", "FusedGemm", "FusedMatMul"],
  ...["FusedConv", "NhwcFusedConv", "TransposeMatMul", "MatMulNBits", "QGemm", "DynamicQuantizeMatMul"],
  ...["MatMulIntegerToFloat", "BatchNormalization", "LayerNormalization", "InstanceNormalization"],
]);

/** Operators whose answer is of shapes, and of no values. */
const constant = new Set(["Constant", "ConstantOfShape", "Shape", "Size", "Range"]);

/** What is never negative, so that it makes a distribution once it is divided by its sum. */
const positive = new Set(["Exp", "Relu", "Softplus", "Abs", "Pow"]);

/** A graph or a function, with the tensors that its inputs stand for; a branch sees the names of what it lies in. */
interface Scope {
  readonly body: GraphBody;
  readonly given: ReadonlyMap<string, Place>;
  readonly outer: Scope | undefined;
  readonly known: Map<string, OutputOrigin | undefined>;
}

interface Place {
  readonly tensor: string;
  readonly scope: Scope;
}

/** Farther back nobody looks, and no longer: a function that calls itself has no end. */
const deepest = 500;
const mostSteps = 20_000;

class Origins {
  readonly #functions: ReadonlyMap<string, GraphBody>;
  readonly #graph: Scope;
  #depth = 0;
  #steps = 0;

  constructor({ graph, functions }: ModelNodes) {
    this.#functions = functions;
    this.#graph = { body: graph, given: new Map(), outer: undefined, known: new Map() };
  }

  ofOutput(name: string): OutputOrigin | undefined {
    const isComputed = this.#graph.body.sources.has(name);
    return isComputed ? this.#of({ tensor: name, scope: this.#graph }) : undefined;
  }

  /** undefined for constants. */
  #of(place: Place): OutputOrigin | undefined {
    const { tensor, scope } = this.#owner(place);
    const source = scope.body.sources.get(tensor);
    if (source === undefined) {
      const isInput =
        scope.outer === undefined && scope.body.inputs.includes(tensor) && !scope.body.weights.has(tensor);
      return isInput ? unknown("input") : undefined;
    }
    if (scope.known.has(tensor)) return scope.known.get(tensor);
    // What a circle leads back to.
    scope.known.set(tensor, unknown(source.node.operator));
    this.#depth++;
    const isTooFar = this.#depth > deepest || ++this.#steps > mostSteps;
    const origin = isTooFar ? unknown(source.node.operator) : this.#ofSource(source, scope);
    this.#depth--;
    scope.known.set(tensor, origin);
    return origin;
  }

  #ofSource({ node, output }: TensorSource, scope: Scope): OutputOrigin | undefined {
    const bodies = this.#bodies(node, scope);
    const named = activationNamed(node);
    if (bodies.length === 0) return named ?? this.#ofOperator(node, output, scope);
    const ends = bodies.map((inner) => this.#of({ tensor: inner.body.outputs[output] ?? "", scope: inner }));
    const [first] = ends;
    const isOne = ends.every((end) => end?.gives === first?.gives);
    return isOne && first?.gives !== "unknown" ? first : (named ?? (isOne ? first : unknown(node.operator)));
  }

  #ofOperator(node: GraphNode, output: number, scope: Scope): OutputOrigin | undefined {
    const { inputs } = node;
    const operator = node.operator.replace(/^QLinear/, "");
    const at = (i: number): Place => ({ tensor: inputs[i] ?? "", scope });
    if (constant.has(operator) || (operator === "DynamicQuantizeLinear" && output > 0)) return undefined;
    if (weighing.has(operator))
      return this.#mixesScores(inputs, scope)
        ? unknown(`${node.operator} of Softmax's scores`)
        : { operator: node.operator, gives: "logits" };
    if (passing.has(operator)) return this.#of(at(0));
    if (this.#isSigmoid(node, scope)) return { operator: "Sigmoid", gives: "scores" };
    const shared = this.#divided(node, scope);
    if (shared !== undefined) return shared;
    if (operator === "Sub" && this.#isLogarithm(at(1))) return unknown("LogSoftmax");
    const counted = choosing.has(operator) || scaling.has(operator) ? [0] : inputs.map((_, i) => i);
    const parts = counted
      .slice(operator === "Where" ? 1 : 0)
      .map((i) => this.#of(at(i)))
      .filter((part) => part !== undefined);
    const [first] = parts;
    if (first === undefined) return undefined;
    if (operator === "Log" && first.gives === "distribution") return unknown("LogSoftmax");
    if (![choosing, combining, mixing, scaling].some((set) => set.has(operator))) return unknown(node.operator);
    const strange = parts.find(({ gives }) => gives === "unknown");
    if (strange !== undefined) return strange;
    if (parts.some(({ gives }) => gives === "logits")) return { operator: node.operator, gives: "logits" };
    if (scaling.has(operator)) return unknown(node.operator);
    const isAdded = parts.length === 1 || !["Mul", "Div"].includes(operator);
    const isWhole = isAdded && combining.has(operator) && operator === node.operator;
    const gives = isWhole && parts.every(({ gives }) => gives === "distribution") ? "distribution" : "scores";
    return { operator: first.operator, gives };
  }

  /** A distribution times a constant matrix: scores of groups of labels, or another layer's logits; nobody can tell. */
  #mixesScores(inputs: readonly string[], scope: Scope): boolean {
    const made = inputs.slice(0, 2).map((tensor) => this.#made({ tensor, scope }));
    const scores = made.map((each) => (each === undefined ? undefined : activationNamed(each.node)?.gives));
    const isDistribution = (i: number): boolean => scores[i] === "distribution" && made[1 - i] === undefined;
    return isDistribution(0) || isDistribution(1);
  }

  /** `1 / (1 + exp(-x))`, whichever way it is divided. */
  #isSigmoid({ operator, inputs }: GraphNode, scope: Scope): boolean {
    const lower = operator === "Div" ? inputs[1] : operator === "Reciprocal" ? inputs[0] : undefined;
    const made = lower === undefined ? undefined : this.#made({ tensor: lower, scope });
    if (made?.node.operator !== "Add") return false;
    return made.node.inputs.some((tensor) => this.#made({ tensor, scope: made.scope })?.node.operator === "Exp");
  }

  /** What is divided by its own sum, as softmax is written out. */
  #divided({ operator, inputs }: GraphNode, scope: Scope): OutputOrigin | undefined {
    const [one = "", other = ""] = inputs;
    const pairs: [string, string, boolean][] =
      operator === "Div"
        ? [[one, other, false]]
        : operator === "Mul"
          ? [
              [one, other, true],
              [other, one, true],
            ]
          : [];
    for (const [upper, lower, isInverse] of pairs) {
      let sum = this.#made({ tensor: lower, scope });
      if (isInverse) {
        if (sum?.node.operator !== "Reciprocal") continue;
        sum = this.#made({ tensor: sum.node.inputs[0] ?? "", scope: sum.scope });
      }
      const summed = this.#summed(sum);
      const above = this.#made({ tensor: upper, scope });
      if (summed === undefined || above === undefined || summed.node !== above.node) continue;
      if (above.node.operator === "Exp") return { operator: "Softmax", gives: "distribution" };
      const origin = this.#of({ tensor: upper, scope });
      if (origin?.gives === "scores" || origin?.gives === "distribution")
        return { operator: origin.operator, gives: "distribution" };
      if (positive.has(above.node.operator)) return { operator, gives: "distribution" };
    }
    return undefined;
  }

  /** What a sum adds up; a small number may keep it from 0. */
  #summed(sum: Made | undefined): Made | undefined {
    if (sum === undefined) return undefined;
    const { node, scope } = sum;
    const made = (tensor: string | undefined): Made | undefined => this.#made({ tensor: tensor ?? "", scope });
    if (node.operator === "ReduceSum" || node.operator === "ReduceL1") return made(node.inputs[0]);
    if (node.operator !== "Add" && node.operator !== "Max" && node.operator !== "Clip") return undefined;
    const inner = node.inputs.map(made).find((input) => input !== undefined);
    return inner !== undefined && /^Reduce(Sum|L1)$/.test(inner.node.operator) ? this.#summed(inner) : undefined;
  }

  /** Whether a tensor is a logarithm of a sum: what LogSoftmax takes away. */
  #isLogarithm(place: Place): boolean {
    const made = this.#made(place);
    return made !== undefined && /^(Log|ReduceLogSumExp)$/.test(made.node.operator);
  }

  /** The node that makes a tensor, behind all that passes it on; undefined for constants and inputs. */
  #made(place: Place): Made | undefined {
    let at = place;
    for (let step = 0; step < deepest; step++) {
      const { tensor, scope } = this.#owner(at);
      const source = scope.body.sources.get(tensor);
      if (source === undefined) return undefined;
      const { node, output } = source;
      const [inner, another] = this.#bodies(node, scope);
      if (inner !== undefined && another === undefined) at = { tensor: inner.body.outputs[output] ?? "", scope: inner };
      else if (passing.has(node.operator)) at = { tensor: node.inputs[0] ?? "", scope };
      else return { node, scope };
    }
    return undefined;
  }

  /** Where a tensor is made: an input of a function is its caller's, and a branch uses names from outside. */
  #owner(place: Place): Place {
    let { tensor, scope } = place;
    for (;;) {
      const given = scope.given.get(tensor);
      if (scope.body.sources.has(tensor) || (given === undefined && scope.outer === undefined))
        return { tensor, scope };
      ({ tensor, scope } = given ?? { tensor, scope: scope.outer as Scope });
    }
  }

  /** The body of a function that the model brings with it, or the branches of an `If`. */
  #bodies(node: GraphNode, scope: Scope): readonly Scope[] {
    const inside = (body: GraphBody, given: Scope["given"], outer?: Scope): Scope => ({
      body,
      given,
      outer,
      known: new Map(),
    });
    if (node.operator === "If") return node.branches.map((branch) => inside(branch, new Map(), scope));
    const body = this.#functions.get(node.operator);
    if (body === undefined) return [];
    const given = new Map(
      body.inputs.map((name, i): [string, Place] => [name, { tensor: node.inputs[i] ?? "", scope }]),
    );
    return [inside(body, given)];
  }
}

interface Made {
  readonly node: GraphNode;
  readonly scope: Scope;
}

function unknown(operator: string): OutputOrigin {
  return { operator, gives: "unknown" };
}

/** `QLinearSigmoid`, `aten_softmax_no_dtype`, `torch_nn_modules_activation_Softmax_3`; or one that is fused into the node. */
function activationNamed({ operator, activation, axis }: GraphNode): OutputOrigin | undefined {
  const name = activation ?? operator;
  if (/log_?softmax/i.test(name)) return unknown("LogSoftmax");
  if (/softmax/i.test(name)) {
    if (axis === 0) return unknown("Softmax over the pictures (axis 0)");
    return { operator: "Softmax", gives: /^QLinear/.test(operator) ? "scores" : "distribution" };
  }
  // The hard one is a straight line, cut at 0 and at 1.
  if (/hard_?sigmoid/i.test(name)) return { operator: "HardSigmoid", gives: "scores" };
  if (/sigmoid/i.test(name) && !/log/i.test(name)) return { operator: "Sigmoid", gives: "scores" };
  return activation === undefined || /^(Leaky)?Relu$/i.test(activation) ? undefined : unknown(activation);
}
