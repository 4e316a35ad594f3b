import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

class BeadsLoader extends ModelLoaderBase {
  handles = "beads";
  tasks = {
    "score-image": (beads, { image }) => ({ score: beads.weigh(image), best: 255, worst: 0 }),
  };

  async open(context) {
    return context.open("wires");
  }
}

export default definePlugin({ name: "menagerie-plugin-beads", loaders: { beads: BeadsLoader } });
