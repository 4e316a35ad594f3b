import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

/** How far the bytes of a recording lie from silence, over time. */
class LoudnessLoader extends ModelLoaderBase {
  tasks = {
    "embed-audio": (_opened, { audio, size }) => {
      const step = Math.max(1, Math.floor(audio.length / size));
      const sums = Float32Array.from({ length: size }, (_, i) =>
        audio.subarray(i * step, (i + 1) * step).reduce((sum, byte) => sum + Math.abs(byte - 128), 1),
      );
      const length = Math.hypot(...sums);
      const vector = sums.map((sum) => sum / length);
      return { embedding: { dtype: "float32", shape: [size], data: new Uint8Array(vector.buffer) } };
    },
  };

  async open() {
    return {};
  }
}

export default definePlugin({ name: "outside-embed-audio", loaders: { loudness: LoudnessLoader } });
