import { definePlugin, ModelLoaderBase } from "@menagerie/core/loader";

const words = { glad: ["glad", "good", "thanks", "lovely"], sad: ["sad", "bad", "sorry", "awful"] };

/** Counts words. Not much of a model, but a task that nobody else has. */
class MoodLoader extends ModelLoaderBase {
  tasks = {
    "classify-text": async (_opened, { messages, labels = ["glad", "sad"], weights = {} }, { onPart }) => {
      const counts = labels.map(() => 1);
      for (const { role, content } of messages) {
        await onPart?.({ text: `${role} ` });
        const said = content.toLowerCase().split(/\W+/);
        for (const [i, label] of labels.entries())
          counts[i] += said.filter((word) => (words[label] ?? [label]).includes(word)).length * (weights[role] ?? 1);
      }
      const total = counts.reduce((sum, count) => sum + count, 0);
      const scored = labels.map((label, i) => ({ label, score: counts[i] / total }));
      return { labels: scored.sort((a, b) => b.score - a.score), turns: messages.length };
    },
  };

  async open() {
    return {};
  }
}

export default definePlugin({ name: "outside-classify-text", loaders: { mood: MoodLoader } });
