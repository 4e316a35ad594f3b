import { type Device, ModelError } from "@menagerie/core";
import type { InferenceSession } from "onnxruntime-node";

type Platform = `${NodeJS.Platform}-${NodeJS.Architecture}`;

/** Where ONNX Runtime's Node package carries each execution provider. Only the CPU has been run by this project. */
const available: Readonly<Record<"cuda" | "webgpu" | "coreml" | "dml", readonly Platform[]>> = {
  cuda: ["linux-x64", "win32-x64"],
  webgpu: ["linux-x64", "win32-x64", "win32-arm64", "darwin-arm64"],
  coreml: ["darwin-arm64"],
  dml: ["win32-x64", "win32-arm64"],
};

/**
 * The session option for a device. The CPU stands behind an accelerator only for operators that it lacks: a device that
 * cannot be had is an error.
 * @throws `unsupported_device` where this platform's package has no such provider
 */
export function executionProviders(
  device: Device,
  platform: string = `${process.platform}-${process.arch}`,
): InferenceSession.ExecutionProviderConfig[] {
  if (device === "cpu") return ["cpu"];
  const kind = device.startsWith("cuda:") ? "cuda" : (device as keyof typeof available);
  if (!available[kind].includes(platform as Platform)) {
    throw new ModelError(
      "unsupported_device",
      `ONNX Runtime for Node has no "${kind}" on ${platform}; it has it on ${available[kind].join(", ")}. Set device_policy to "cpu" or "auto".`,
      { details: { device, platform } },
    );
  }
  if (kind === "cuda") return [{ name: "cuda", deviceId: Number(device.slice("cuda:".length)) }, "cpu"];
  return [{ name: kind } as InferenceSession.ExecutionProviderConfig, "cpu"];
}
