"""What openai/whisper's `transcribe` answers with a tiny Whisper of tiny_whisper.py. Runs under requirements.txt.

    python openai_references.py CHECKPOINT FOLDER RECORDINGS

Writes FOLDER/openai.json: for each recording and each way to ask the result of `transcribe`. openai/whisper is told the tiny
model's sizes and tokenizer, and hears the features that transformers makes of the recordings.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import whisper.decoding
import whisper.timing
import whisper.tokenizer
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import WhisperFeatureExtractor
from whisper.audio import HOP_LENGTH, pad_or_trim
from whisper.model import ModelDimensions, Whisper
from whisper_references import mono

transcribing = sys.modules["whisper.transcribe"]
OFF = {"compression_ratio_threshold": None, "logprob_threshold": None, "no_speech_threshold": None}
# In the words of the task. At a temperature of 0.001 the likeliest token is drawn, so that what is drawn can be compared.
WAYS = {
    "plain": {},
    "words": {"word_timestamps": True},
    "beginning and words": {"condition_on_previous_text": True, "initial_prompt": "ask not what", "word_timestamps": True},
    "drawn": {"temperature": [0.001]},
    "unlikely": {"temperature": [0, 0.001], "logprob_threshold": -0.6, "compression_ratio_threshold": 1000, "no_speech_threshold": 1},
    "repeated": {"temperature": [0, 0.001], "compression_ratio_threshold": 2.6, "logprob_threshold": -1000, "no_speech_threshold": 1},
    "silent": {"no_speech_threshold": 0.0001, "logprob_threshold": -0.6},
    "earlier": {"condition_on_previous_text": True},
    "clips": {"clip_timestamps": [0.1, 0.4, 0.6], "word_timestamps": True},
    "chinese": {"language": "zh", "word_timestamps": True},
}
NAMES = [
    ("model.", ""), ("layers", "blocks"), ("fc1", "mlp.0"), ("fc2", "mlp.2"), ("final_layer_norm", "mlp_ln"),
    ("self_attn.q_proj", "attn.query"), ("self_attn.k_proj", "attn.key"), ("self_attn.v_proj", "attn.value"),
    ("self_attn.out_proj", "attn.out"), ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn.q_proj", "cross_attn.query"), ("encoder_attn.k_proj", "cross_attn.key"), ("encoder_attn.v_proj", "cross_attn.value"),
    ("encoder_attn.out_proj", "cross_attn.out"), ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("embed_tokens", "token_embedding"), ("embed_positions.weight", "positional_embedding"),
    ("encoder.layer_norm", "encoder.ln_post"), ("decoder.layer_norm", "decoder.ln"),
]


class Encoding:
    """A tokenizer.json where tiktoken is expected."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        # The older vocabularies have the token for silence under another name.
        named = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
        self.older = {"<|nospeech|>": "<|nocaptions|>"} if "<|nocaptions|>" in named else {}
        self.special_tokens_set = named | set(self.older)
        # Some tokenizers do not name times, which follow the last token all the same.
        self.times = {} if "<|0.00|>" in named else {f"<|{i * 0.02:.2f}|>": tokenizer.token_to_id("<|notimestamps|>") + 1 + i for i in range(1501)}
        self.special_tokens_set |= set(self.times)
        self.eot_token = tokenizer.token_to_id("<|endoftext|>")

    def encode_single_token(self, token: str) -> int:
        return self.times.get(token) or self.tokenizer.token_to_id(self.older.get(token, token))

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=False)


class References:
    def __init__(self, checkpoint: Path):
        config, self.generation = (json.loads((checkpoint / name).read_text()) for name in ("config.json", "generation_config.json"))
        self.extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
        self.frames = 2 * config["max_source_positions"]
        encoding = Encoding(Tokenizer.from_file(str(checkpoint / "tokenizer.json")))
        is_known, count = self.generation["is_multilingual"], len(self.generation.get("lang_to_id") or {})

        class SizedWhisper(Whisper):
            is_multilingual = is_known
            num_languages = count

        self.model = SizedWhisper(ModelDimensions(
            n_mels=config["num_mel_bins"], n_audio_ctx=config["max_source_positions"], n_audio_state=config["d_model"],
            n_audio_head=config["encoder_attention_heads"], n_audio_layer=config["encoder_layers"], n_vocab=config["vocab_size"],
            n_text_ctx=config["max_target_positions"], n_text_state=config["d_model"],
            n_text_head=config["decoder_attention_heads"], n_text_layer=config["decoder_layers"],
        )).eval()
        state = {}
        for name, values in load_file(checkpoint / "model.safetensors").items():
            for old, new in NAMES:
                name = name.replace(old, new)
            if not name.startswith("proj_out"):
                state[name] = values
        self.model.load_state_dict(state, strict=True)
        heads = torch.zeros(config["decoder_layers"], config["decoder_attention_heads"], dtype=torch.bool)
        for layer, head in self.generation["alignment_heads"]:
            heads[layer, head] = True
        self.model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)

        def tokenizer(_, num_languages=count, language=None, task=None):
            asked = dict(language=language or "en", task=task or "transcribe") if is_known else {}
            return whisper.tokenizer.Tokenizer(encoding=encoding, num_languages=count, **asked)

        transcribing.get_tokenizer = whisper.decoding.get_tokenizer = tokenizer
        transcribing.N_FRAMES, transcribing.N_SAMPLES = self.frames, self.extractor.n_samples
        whisper.decoding.CHUNK_LENGTH = self.extractor.chunk_length
        transcribing.log_mel_spectrogram, transcribing.pad_or_trim = self.features, self.window
        self.noise = 0.0

    def features(self, samples: np.ndarray, *_, **__) -> torch.Tensor:
        """Those of the recording, and a window more; where it fits into one window, its silence is among them."""
        self.content = max(1, len(samples) // HOP_LENGTH)
        padded = np.pad(samples, (0, max(0, self.extractor.n_samples - len(samples))))
        features = self.extractor._np_extract_fbank_features(padded[None], "cpu")[0].astype("float32")
        features = features + self.noise * np.random.default_rng(1).standard_normal(features.shape).astype("float32")
        missing = max(0, self.content + self.frames - features.shape[1])
        self.mel = torch.from_numpy(np.pad(features, ((0, 0), (0, missing)))[:, : self.content + self.frames]).contiguous()
        return self.mel

    def window(self, part: torch.Tensor, length: int, **_) -> torch.Tensor:
        """As ours: what follows a short recording's end is the silence that was added to it."""
        seek = part.storage_offset()
        if seek + part.shape[-1] == self.content:
            part = self.mel[:, seek : seek + length].contiguous()
        return pad_or_trim(part, length)

    def answer(self, samples: np.ndarray, way: dict) -> dict:
        options = {**OFF, "temperature": 0, "condition_on_previous_text": False, "language": None, **way}
        if isinstance(options["temperature"], list):
            options["temperature"] = tuple(options["temperature"])
        torch.manual_seed(0)
        return self.model.transcribe(
            samples, verbose=None, fp16=False, suppress_tokens=list(self.generation["suppress_tokens"]), **options,
        )


def told(result: dict) -> dict:
    segments = [{key: value for key, value in segment.items() if key not in ("id", "seek")} for segment in result["segments"]]
    return {"language": result["language"], "segments": segments}


def decisions(result: dict) -> list:
    return [[s["text"], round(s["start"], 6), round(s["end"], 6), s["temperature"], [[w["word"], w["start"], w["end"]] for w in s.get("words", [])]] for s in result["segments"]]


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return {key: rounded(one) for key, one in value.items()} if isinstance(value, dict) else value


if __name__ == "__main__":
    checkpoint, folder, recordings = map(Path, sys.argv[1:])
    torch.set_num_threads(1)
    references = References(checkpoint)
    made = {}
    for path in sorted(recordings.glob("*.wav")):
        samples = mono(path, references.extractor.sampling_rate)
        answers = {}
        for name, way in WAYS.items():
            if "clip_timestamps" in way and len(samples) <= 0.6 * references.extractor.sampling_rate:
                continue
            results = []
            # Where rounding decides, there is no right answer to compare with.
            for references.noise in (0.0, 2e-6, 2e-6):
                results.append(references.answer(samples, way))
            if all(decisions(result) == decisions(results[0]) for result in results):
                answers[name] = {"input": {"max_new_tokens": 22, **way}, **told(results[0])}
        references.noise = 0.0
        features = references.features(samples)[:, : references.frames]
        probabilities = references.model.detect_language(pad_or_trim(features, references.frames))[1]
        made[path.stem] = {"languages": probabilities, "answers": answers}
        print(path.stem, {name: [len(a["segments"]), sorted({s["temperature"] for s in a["segments"]})] for name, a in answers.items()})
    text = json.dumps(rounded({"versions": {"whisper": whisper.__version__, "torch": torch.__version__}, "recordings": made}), separators=(",", ":"), ensure_ascii=False)
    (folder / "openai.json").write_text(text.replace('},"', '},\n"') + "\n")
