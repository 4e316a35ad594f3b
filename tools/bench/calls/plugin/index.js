import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

/** Does nothing, so that what a call costs is the way to it and back. */
class Trivial extends ModelLoaderBase {
  tasks = { "score-image": (_opened, { image }) => ({ score: image.length, best: 0, worst: 1 }) };

  async open() {
    return {};
  }
}

export default definePlugin({ name: "menagerie-bench-plugin", loaders: { trivial: Trivial } });
