import { fileURLToPath } from "node:url";

/** Absolute path of the demonstration zoo's spec: what `zoo serve` serves where nobody names another. */
export const zooFile: string = fileURLToPath(new URL("../zoo.yaml", import.meta.url));
