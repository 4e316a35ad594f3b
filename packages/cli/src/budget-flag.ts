import { InvalidArgumentError } from "commander";

export type Budgets = Readonly<Record<string, number>>;

const units: Readonly<Record<string, number>> = { "": 1e6, mb: 1e6, gb: 1e9, tb: 1e12 };

const devices = /^(?:cpu|cuda:(?:0|[1-9]\d*)|webgpu|coreml|dml)$/;

/**
 * Bytes by device, as in `cpu=4GB,cuda:0=24GB`; a figure without a device is the CPU's, one without a unit is megabytes.
 * @throws InvalidArgumentError
 */
export function parseBudgets(text: string): Budgets {
  const budgets: Record<string, number> = {};
  for (const part of text.split(",")) {
    const found = /^(?:(?<named>[a-z]+(?::\d+)?)=)?(?<figure>\d+(?:\.\d+)?)\s*(?<unit>[MGT]B)?$/i.exec(part.trim());
    const { named = "cpu", figure, unit = "" } = found?.groups ?? {};
    if (figure === undefined) throw new InvalidArgumentError("It must be like 4GB, or cpu=4GB,cuda:0=24GB.");
    const device = named.toLowerCase();
    if (!devices.test(device))
      throw new InvalidArgumentError(
        `There is no device "${named}": it is cpu, cuda:0 (or another number), webgpu, coreml or dml.`,
      );
    if (budgets[device] !== undefined) throw new InvalidArgumentError(`It says ${device} twice.`);
    budgets[device] = Number(figure) * (units[unit.toLowerCase()] ?? 1e6);
  }
  return budgets;
}
