import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

class BeadsLoader extends ModelLoaderBase {
  handles = "beads";
  tasks = {
    "score-image": (beads, { image }) => ({ score: beads.weigh([...image]), best: 512, worst: 0 }),
  };

  async open(context) {
    return context.open("wires");
  }
}

export default definePlugin({ name: "outside-judge-beads", loaders: { beads: BeadsLoader } });
