import { ModelError, type ModelSpec, type TaskDocument, type ZooStatus } from "@menagerie/core";
import type { LoadedBody } from "./resolved-model.ts";

type Json = Readonly<Record<string, unknown>>;

/** For what an address answered that is no zoo's answer. @param what as the end of "answered …" */
export function noZoo(address: string, what: string, details: Json = {}): ModelError {
  return new ModelError("internal", `${address} answered ${what}: is it a zoo?`, {
    details: { url: address, ...details },
  });
}

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws `internal` for another body than a zoo has there; so do all of these */
export function specIn(body: unknown, address: string): ModelSpec {
  if (isRecord(body) && isRecord(body.spec) && typeof body.spec.model_name === "string")
    return body.spec as unknown as ModelSpec;
  throw noZoo(address, "with a model that has no spec");
}

export function specsIn(body: unknown, address: string): ModelSpec[] {
  return listIn(body, address).map((item) => specIn(item, address));
}

export function documentsIn(body: unknown, address: string): TaskDocument[] {
  return listIn(body, address) as unknown as TaskDocument[];
}

export function statusIn(body: unknown, address: string): ZooStatus {
  const models = listIn(body, address) as unknown as ZooStatus["models"];
  const { data: _, object: __, ...rest } = body as Json;
  return { ...rest, models } as unknown as ZooStatus;
}

export function loadedIn(body: unknown, address: string): LoadedBody {
  const { models_used, model_signature, recipe } = isRecord(body) ? body : {};
  const isWhole =
    Array.isArray(models_used) && isRecord(models_used[0]) && isRecord(recipe) && typeof model_signature === "string";
  if (!isWhole) throw noZoo(address, "with a loaded model that is not signed");
  return { ...(body as LoadedBody), spec: specIn(body, address) };
}

function listIn(body: unknown, address: string): readonly Json[] {
  if (isRecord(body) && Array.isArray(body.data) && body.data.every(isRecord)) return body.data;
  throw noZoo(address, "without the list that was asked for");
}
