import { provide, type ServiceDefinition, type ServiceToken, serviceToken } from "../container.ts";
import { type Log, logTo } from "../log.ts";
import { type Clock, monotonic, systemClock } from "./clock.ts";
import { type DeviceProbe, systemDeviceProbe } from "./device-probe.ts";
import { FormStore } from "./forms/form-store.ts";
import { guardedLog } from "./guarded-log.ts";
import type { RunnerPool } from "./runner.ts";
import { createInlinePool } from "./runners/inline-pool.ts";
import { createProcessPool } from "./runners/process-pool.ts";
import { costAware } from "./scheduler/cost-aware.ts";
import type { EvictionPolicy } from "./scheduler/eviction-policy.ts";
import type { ZooSpec } from "./zoo-spec.ts";

/** What the host is put together from; an application gives its own under the same token. */
export const ClockToken: ServiceToken<Clock> = serviceToken("Clock");
export const LogToken: ServiceToken<Log> = serviceToken("Log");
export const DeviceProbeToken: ServiceToken<DeviceProbe> = serviceToken("DeviceProbe");
export const EvictionPolicyToken: ServiceToken<EvictionPolicy> = serviceToken("EvictionPolicy");
export const RunnerPoolToken: ServiceToken<RunnerPool> = serviceToken("RunnerPool");

/** The services of a host that replaces none. */
export function standardServices(options: {
  log: Log | undefined;
  runner: ZooSpec["runner"];
  cacheDir: string | undefined;
}): ServiceDefinition[] {
  const { cacheDir, runner } = options;
  return [
    provide(ClockToken, () => systemClock),
    provide(LogToken, () => options.log ?? silentLog),
    provide(DeviceProbeToken, () => systemDeviceProbe),
    provide(EvictionPolicyToken, () => costAware),
    provide(
      RunnerPoolToken,
      (resolve): RunnerPool => {
        const log = guardedLog(resolve(LogToken));
        const clock = monotonic(resolve(ClockToken));
        const forms = new FormStore({ cacheDir, log, clock });
        return runner === "inline" ? createInlinePool({ forms, log }) : createProcessPool({ forms, clock, log });
      },
      { needs: [ClockToken, LogToken], stop: async (pool) => pool[Symbol.asyncDispose]() },
    ),
  ];
}

const silentLog: Log = logTo(() => {});
