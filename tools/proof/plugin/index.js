import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

/** Runs a graph once for each byte of the picture, so that a caller decides how long the work takes. */
class GraphLoader extends ModelLoaderBase {
  tasks = {
    "score-image": async (graph, { image }) => {
      const [[input, { shape }]] = Object.entries(graph.inputs);
      const sizes = shape.map((size) => (typeof size === "number" ? size : 1));
      const data = new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(0.01);
      let score = 0;
      for (let i = 0; i < image.length; i++) {
        const [output] = Object.values(await graph.run({ [input]: { type: "float32", shape: sizes, data } }));
        score = output.data[0];
      }
      return { score, best: 0, worst: 1 };
    },
  };

  open(context) {
    return context.open("model");
  }
}

export default definePlugin({ name: "menagerie-proof-plugin", loaders: { graph: GraphLoader } });
