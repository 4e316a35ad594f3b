import { type Device, type ErrorCode, hasOwnMemory, isModelError, ModelError } from "@menagerie/core";

interface Kind {
  readonly pattern: RegExp;
  readonly code: (device: Device) => ErrorCode;
  readonly remedy: string;
}

/** The engine's errors carry no code, only text: these are the texts of ONNX Runtime 1.30. */
const kinds: readonly Kind[] = [
  {
    pattern: /bad_alloc|failed to allocate memory|out of memory|cudaMalloc/i,
    code: (device) => (hasOwnMemory(device) ? "insufficient_gpu_memory" : "insufficient_memory"),
    remedy: "It met the end of its memory. Send smaller inputs, or raise the budget in the zoo spec.",
  },
  {
    pattern: /opset|is not a registered function|No Op registered|NOT_IMPLEMENTED/i,
    code: () => "unsupported_engine",
    remedy: "The graph uses operators that this version of the engine lacks.",
  },
  {
    pattern: /protobuf parsing failed|ModelProto does not have a graph|invalid model|Failed to load model because/i,
    code: () => "model_load_failed",
    remedy: "The file is not a whole ONNX model. Fetch it again.",
  },
  {
    pattern: /doesn't exist|No such file|external data/i,
    code: () => "weights_missing",
    remedy: "A file that the graph refers to is not beside it.",
  },
  {
    pattern:
      /failed to load (shared )?library|providers_(cuda|shared|tensorrt)|CUDA driver|no available backend|not supported in this build/i,
    code: () => "unsupported_device",
    remedy:
      "The accelerator's libraries are not installed. For CUDA run once: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install",
  },
];

/** The engine's error with a code, the model's name and a remedy. */
export function engineError(
  error: unknown,
  doing: string,
  model: string,
  device: Device,
  otherwise: ErrorCode,
): ModelError {
  if (isModelError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  const kind = kinds.find(({ pattern }) => pattern.test(text));
  const remedy = kind === undefined ? "" : ` ${kind.remedy}`;
  return new ModelError(
    kind?.code(device) ?? otherwise,
    `${model}: the engine failed ${doing}: ${inShort(text)}.${remedy}`,
    {
      model,
      details: { device, engine_message: text },
      cause: error,
    },
  );
}

/** Engines list nodes, tensors and lines of C++: a sentence of it tells a person enough, and `engine_message` has it all. */
function inShort(text: string): string {
  const most = 300;
  return text.length <= most ? text : `${text.slice(0, most).trimEnd()}…`;
}
