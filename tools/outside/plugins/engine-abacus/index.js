import { readFile } from "node:fs/promises";
import { contractVersion } from "@menagerie/core";

/** Weighs numbers with those of a file. */
export default {
  name: "abacus",
  contract: contractVersion,
  opens: "beads",
  engineVersion: async () => "1.0.0",
  supports: ({ engine }) => engine === "abacus",
  async validateLocalArtifacts() {},

  async open({ declaration, artifacts }) {
    const wires = JSON.parse(await readFile(artifacts.get(declaration.artifact).path, "utf8"));
    return {
      weigh: (numbers) =>
        numbers.reduce((sum, number, i) => sum + number * wires[i % wires.length], 0) / numbers.length,
    };
  },
};
