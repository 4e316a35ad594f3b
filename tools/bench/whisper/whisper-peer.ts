import { loadPeer, type PeerTensor } from "../kits/peer.ts";

interface WhisperPeer {
  readonly env: { allowRemoteModels: boolean; localModelPath: string };
  readonly WhisperFeatureExtractor: {
    from_pretrained(name: string): Promise<(audio: Float32Array) => Promise<{ input_features: PeerTensor }>>;
  };
  readonly WhisperForConditionalGeneration: {
    from_pretrained(name: string, options: object): Promise<{ generate(inputs: object): Promise<PeerTensor> }>;
  };
}

/** A checkpoint as transformers.js runs it: samples at 16 kHz to the ids of one window, greedily and without times. */
export async function loadWhisperPeer(
  folder: string,
  name: string,
  threads: number,
): Promise<(samples: Float32Array) => Promise<number[]>> {
  const peer = (await loadPeer()) as unknown as WhisperPeer;
  peer.env.allowRemoteModels = false;
  peer.env.localModelPath = folder;
  const extract = await peer.WhisperFeatureExtractor.from_pretrained(name);
  const session_options = { intraOpNumThreads: threads, interOpNumThreads: 1 };
  const model = await peer.WhisperForConditionalGeneration.from_pretrained(name, {
    device: "cpu",
    dtype: "fp32",
    session_options,
  });
  return async (samples) => {
    const { input_features } = await extract(samples);
    const ids = await model.generate({ inputs: input_features, return_timestamps: false });
    return Array.from(ids.data as ArrayLike<number | bigint>, Number);
  };
}
