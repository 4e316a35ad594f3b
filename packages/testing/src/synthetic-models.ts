import { type OnnxInitializer, type OnnxNode, writeOnnx } from "./onnx-writer.ts";

/**
 * A chain of `MatMul` and `Relu` with about so many megabytes (10^6 bytes) of weights: `x` float32 `[batch, 2048]` to `y`
 * of the same shape. Weight-bound, as transformers are.
 */
export async function writeMlp(
  path: string,
  options: { megabytes: number; width?: number; externalData?: string; seed?: number },
): Promise<void> {
  const width = options.width ?? 2048;
  const layers = Math.max(1, Math.round((options.megabytes * 1e6) / (width * width * 4)));
  const initializers: OnnxInitializer[] = [];
  const nodes: OnnxNode[] = [];
  let last = "x";
  for (let i = 0; i < layers; i++) {
    initializers.push(weights(`w${i}`, [width, width], (options.seed ?? 0) * layers + i));
    nodes.push({ op: "MatMul", inputs: [last, `w${i}`], outputs: [`m${i}`] });
    last = i === layers - 1 ? "y" : `r${i}`;
    nodes.push({ op: "Relu", inputs: [`m${i}`], outputs: [last] });
  }
  await writeOnnx(
    path,
    {
      inputs: [{ name: "x", type: "float32", shape: ["batch", width] }],
      outputs: [{ name: "y", type: "float32", shape: ["batch", width] }],
      initializers,
      nodes,
    },
    options.externalData === undefined ? {} : { externalData: options.externalData },
  );
}

/**
 * The layers of ResNet-18 with weights of our own: 11.7 million parameters, 46.8 MB; `x` float32 `[batch, 3, 224, 224]` to
 * `y` `[batch, 1000]`. Batch normalisation is folded into the convolutions, as exporters do.
 */
export async function writeResNet18(path: string): Promise<void> {
  const builder = new Network();
  let last = builder.pool(builder.conv("x", 3, 64, 7, 2, true));
  let channels = 64;
  for (const [stage, size] of [64, 128, 256, 512].entries()) {
    for (let block = 0; block < 2; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inner = builder.conv(builder.conv(last, channels, size, 3, stride, true), size, size, 3, 1, false);
      const around = stride === 1 && channels === size ? last : builder.conv(last, channels, size, 1, stride, false);
      last = builder.addRelu(inner, around);
      channels = size;
    }
  }
  builder.head(last, channels, 1000);
  await writeOnnx(path, {
    inputs: [{ name: "x", type: "float32", shape: ["batch", 3, 224, 224] }],
    outputs: [{ name: "y", type: "float32", shape: ["batch", 1000] }],
    initializers: builder.initializers,
    nodes: builder.nodes,
  });
}

class Network {
  readonly initializers: OnnxInitializer[] = [];
  readonly nodes: OnnxNode[] = [];
  #count = 0;

  conv(input: string, from: number, to: number, kernel: number, stride: number, relu: boolean): string {
    const [weight, bias] = [this.#weights([to, from, kernel, kernel]), this.#weights([to])];
    const pad = (kernel - 1) / 2;
    const output = this.#node("Conv", [input, weight, bias], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
    return relu ? this.#node("Relu", [output]) : output;
  }

  pool(input: string): string {
    return this.#node("MaxPool", [input], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  }

  addRelu(a: string, b: string): string {
    return this.#node("Relu", [this.#node("Add", [a, b])]);
  }

  head(input: string, from: number, to: number): void {
    const flat = this.#node("Flatten", [this.#node("GlobalAveragePool", [input])], { axis: 1 });
    this.nodes.push({
      op: "Gemm",
      inputs: [flat, this.#weights([to, from]), this.#weights([to])],
      outputs: ["y"],
      attributes: { transB: 1 },
    });
  }

  #node(op: string, inputs: string[], attributes: OnnxNode["attributes"] = {}): string {
    const output = `t${this.#count++}`;
    this.nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  }

  #weights(shape: number[]): string {
    const name = `w${this.#count++}`;
    this.initializers.push(weights(name, shape, this.#count));
    return name;
  }
}

/** Small numbers that keep the signal's size from layer to layer. No two tensors are equal: engines share equal ones. */
function weights(name: string, shape: readonly number[], seed: number): OnnxInitializer {
  const size = shape.reduce((a, b) => a * b, 1);
  const fanIn = Math.max(1, size / (shape[0] ?? 1));
  const make = (): Uint8Array => {
    const values = new Float32Array(size);
    const scale = Math.sqrt(3 / fanIn);
    let state = (seed * 2_654_435_761 + 12_345) >>> 0;
    for (let i = 0; i < size; i++) {
      // A linear congruential generator (Numerical Recipes' constants) is random enough for weights.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      values[i] = (state / 2 ** 31 - 1) * scale;
    }
    return new Uint8Array(values.buffer);
  };
  return { name, type: "float32", shape, data: { length: size * 4, make } };
}
