import { definePlugin, type Plugin } from "@menagerie/core/loader";
import { adoptWhisper } from "./adopt-whisper.ts";
import { WhisperLoader } from "./whisper-loader.ts";

export { loadWhisperModel, type WhisperRecognizer } from "./load-whisper-model.ts";
export { WhisperLoader } from "./whisper-loader.ts";

const plugin: Plugin = definePlugin({
  name: "@menagerie/plugin-whisper",
  loaders: { whisper: WhisperLoader },
  adopt: { whisper: adoptWhisper },
});

export default plugin;
