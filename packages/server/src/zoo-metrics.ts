import type { LocalZoo } from "@menagerie/core/host";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Where each question and its answer are counted. */
export interface AnswerMetrics {
  /** @param result "ok", or the code of the error @param ms from question to answer */
  answered(model: string, task: string, result: string, ms: number): void;
}

/** What a zoo does, for Prometheus. Standing figures are read from the zoo when they are asked for. */
export class ZooMetrics implements AnswerMetrics {
  readonly registry: Registry = new Registry();
  readonly #requests = new Counter({
    name: "menagerie_requests_total",
    help: "Questions by model, task and result: ok, or the code of the error",
    labelNames: ["model", "task", "result"],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: "menagerie_request_seconds",
    help: "Seconds from question to answer",
    labelNames: ["model", "task"],
    registers: [this.registry],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  });
  readonly #stop: () => void;

  constructor(zoo: LocalZoo) {
    const registers = [this.registry];
    const loadSeconds = new Histogram({
      name: "menagerie_load_seconds",
      help: "Seconds that loads took",
      labelNames: ["model"],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
      registers,
    });
    const loads = new Counter({
      name: "menagerie_loads_total",
      help: "Loads by model and result",
      labelNames: ["model", "result"],
      registers,
    });
    const unloads = new Counter({
      name: "menagerie_unloads_total",
      help: "Unloads by model and reason",
      labelNames: ["model", "reason"],
      registers,
    });
    const crashes = new Counter({
      name: "menagerie_runner_crashes_total",
      help: "Runners that ended unasked",
      labelNames: ["model"],
      registers,
    });
    const kept = new Counter({
      name: "menagerie_memory_kept_total",
      help: "Unloads after which not all memory came back in time",
      labelNames: ["model"],
      registers,
    });
    const outgrown = new Counter({
      name: "menagerie_outgrown_total",
      help: "Loads and runs that met the cap on their runner's memory",
      labelNames: ["model"],
      registers,
    });
    this.#stop = zoo.onEvent((event) => {
      if (event.type === "loaded") {
        loads.inc({ model: event.model, result: "ok" });
        loadSeconds.observe({ model: event.model }, event.ms / 1000);
      } else if (event.type === "load-failed") loads.inc({ model: event.model, result: event.error.code });
      else if (event.type === "unloaded") unloads.inc({ model: event.model, reason: event.reason.split(" ")[0] ?? "" });
      else if (event.type === "crashed") crashes.inc({ model: event.model });
      else if (event.type === "memory-kept") kept.inc({ model: event.model });
      else if (event.type === "outgrown") outgrown.inc({ model: event.model });
    });
    standingFigures(zoo, registers);
  }

  answered(model: string, task: string, result: string, ms: number): void {
    this.#requests.inc({ model, task, result });
    this.#seconds.observe({ model, task }, ms / 1000);
  }

  close(): void {
    this.#stop();
  }
}

function standingFigures(zoo: LocalZoo, registers: Registry[]): void {
  const gauge = (name: string, help: string, labelNames: string[], read: (gauge: Gauge) => void): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        read(this);
      },
    });
  };
  const devices = (of: (device: ReturnType<LocalZoo["status"]>["devices"][number]) => number) => (gauge: Gauge) => {
    for (const device of zoo.status().devices) gauge.set({ device: device.device }, of(device));
  };
  const models =
    (of: (model: ReturnType<LocalZoo["status"]>["models"][number]) => number | undefined) => (gauge: Gauge) => {
      for (const model of zoo.status().models) {
        const value = of(model);
        if (value !== undefined) gauge.set({ model: model.model }, value);
      }
    };
  gauge(
    "menagerie_memory_budget_bytes",
    "Bytes that models may take",
    ["device"],
    devices((device) => device.budget_bytes),
  );
  gauge(
    "menagerie_memory_reserved_bytes",
    "Bytes that are spoken for",
    ["device"],
    devices((device) => device.reserved_bytes),
  );
  gauge(
    "menagerie_model_ready",
    "1 while the model is loaded",
    ["model"],
    models((model) => (model.state === "ready" ? 1 : 0)),
  );
  gauge(
    "menagerie_model_declared_bytes",
    "Bytes that the spec declares",
    ["model"],
    models((model) => model.declared_bytes),
  );
  gauge(
    "menagerie_model_measured_bytes",
    "Bytes that the runner was measured at",
    ["model"],
    models((model) => model.measured_bytes),
  );
  gauge(
    "menagerie_model_leases",
    "Shares in the model that are held",
    ["model"],
    models((model) => model.leases),
  );
  gauge(
    "menagerie_model_byte_seconds",
    "Bytes of memory by the seconds for which the model held them",
    ["model"],
    models((model) => model.usage.byte_seconds),
  );
  gauge(
    "menagerie_queue_length",
    "Requests that wait for the model",
    ["model"],
    models((model) => model.waiting),
  );
  gauge(
    "menagerie_lru_age_seconds",
    "Seconds since the longest unused loaded model was used: when small, the budget is too small",
    [],
    (age) => {
      const idle = zoo
        .status()
        .models.filter((model) => model.state === "ready")
        .map((model) => model.idle_ms ?? 0);
      if (idle.length > 0) age.set(Math.max(...idle) / 1000);
    },
  );
}
