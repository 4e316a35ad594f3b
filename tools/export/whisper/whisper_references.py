"""What transformers answers with a tiny Whisper of tiny_whisper.py. Runs under requirements.txt.

    python whisper_references.py CHECKPOINT FOLDER RECORDINGS

Writes FOLDER/reference.json: for each recording the features and the encoder's output of its first window, sampled, and for
each way to ask the ids that open the text, the detected language, the ids, the text and the segments.
"""

import json
import math
import re
import sys
import wave
from pathlib import Path

import numpy as np
import scipy
import tokenizers
import torch
import transformers
from tokenizers import Tokenizer
from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration

BEAMS = 3


def ways(is_multilingual: bool, language: str, is_long: bool) -> dict[str, dict]:
    """Questions, in the words of the task."""
    plain = {"plain": {}, "timestamps": {"timestamps": True}, "beams": {"num_beams": BEAMS}, "beams, timestamps": {"num_beams": BEAMS, "timestamps": True}, "short": {"max_new_tokens": 9, "timestamps": True}}
    if is_multilingual:
        given = {"language": language}
        plain |= {
            "language": given, "language, timestamps": {**given, "timestamps": True}, "translate": {"translate": True}, "translate, timestamps": {"translate": True, "timestamps": True},
            "language, translate, beams": {**given, "translate": True, "num_beams": BEAMS, "timestamps": True}, "transcribe": {"translate": False, "timestamps": True},
        }
    # transformers does not hear a long recording without timestamps.
    return {name: way for name, way in plain.items() if not is_long or way.get("timestamps")}


def mono(path: Path, rate: int) -> np.ndarray:
    with wave.open(str(path)) as file:
        count, source = file.getnchannels(), file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, count) / 32768
    mixed = samples.mean(axis=1).astype("float32").astype("float64")
    if source == rate:
        return mixed.astype("float32")
    divisor = math.gcd(source, rate)
    up, down = rate // divisor, source // divisor
    # The filter of packages/audio's resample: a sinc over 32 zero crossings in a Kaiser window, 6 dB down at 0.94.
    cutoff = min(1, up / down) * 0.94
    half = math.floor(32 / cutoff * up)
    t = np.arange(-half, half + 1) / up
    beta = 0.1102 * (110 - 8.7)
    kernel = cutoff * np.sinc(cutoff * t) * np.i0(beta * np.sqrt(np.clip(1 - (t * cutoff / 32) ** 2, 0, None))) / np.i0(beta) / up
    return scipy.signal.resample_poly(mixed, up, down, window=kernel).astype("float32")


def sampled(values: np.ndarray) -> dict:
    flat = values.reshape(-1)
    stride = max(1, len(flat) // 300) | 1
    return {"shape": list(values.shape), "stride": stride, "values": [float(f"{value:.9g}") for value in flat[::stride]]}


class References:
    def __init__(self, checkpoint: Path):
        self.model = WhisperForConditionalGeneration.from_pretrained(checkpoint).eval()
        self.precise = WhisperForConditionalGeneration.from_pretrained(checkpoint).eval().double()
        self.extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
        self.tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
        self.config = self.model.generation_config

    def text(self, ids: list[int]) -> str:
        # As WhisperTokenizer: special tokens are skipped, and times are taken out of the text.
        return re.sub(r"<\|\d+\.\d+\|>", "", self.tokenizer.decode(ids, skip_special_tokens=True))

    def features(self, samples: np.ndarray) -> torch.Tensor:
        whole = dict(truncation=False, padding="longest") if len(samples) > self.extractor.n_samples else {}
        return self.extractor(samples, sampling_rate=self.extractor.sampling_rate, return_tensors="pt", **whole).input_features

    def answer(self, model, features: torch.Tensor, way: dict) -> dict:
        options = dict(return_timestamps=way.get("timestamps", False), return_segments=True)
        for name in ("language", "num_beams", "max_new_tokens"):
            if name in way:
                options[name] = way[name]
        if "translate" in way:
            options["task"] = "translate" if way["translate"] else "transcribe"
        starts = []
        prepare = model._prepare_decoder_input_ids
        model._prepare_decoder_input_ids = lambda **parts: (made := prepare(**parts), starts.append(made[0][0].tolist()))[0]
        try:
            made = model.generate(features.to(model.dtype), **options)
        finally:
            del model._prepare_decoder_input_ids
        ids = made["sequences"][0].long().tolist()
        segments = [{"start": float(part["start"]), "end": float(part["end"]), "ids": part["tokens"].tolist()} for part in made["segments"][0]]
        for segment in segments:
            segment["text"] = self.text(segment["ids"])
        return {"start": starts[0], "windows": len(starts), "ids": ids, "text": self.text(ids), "segments": segments}

    @torch.no_grad()
    def recording(self, samples: np.ndarray) -> tuple[dict, int]:
        features = self.features(samples)
        exact = self.extractor._np_extract_fbank_features(self.padded(samples)[None], "cpu")[0].astype("float32")
        window = 2 * self.model.config.max_source_positions
        first = torch.nn.functional.pad(torch.from_numpy(exact)[None, :, :window], (0, max(0, window - exact.shape[1])))
        encoded = self.model.model.encoder(first).last_hidden_state[0].numpy()
        is_multilingual = bool(self.config.is_multilingual)
        language = next(iter(self.config.lang_to_id))[2:-2] if is_multilingual else ""
        answers, ties = {}, 0
        for name, way in ways(is_multilingual, language, features.shape[-1] > window).items():
            made = self.answer(self.model, features, way)
            # Where rounding decides between two texts, there is no right answer to compare with.
            others = (self.answer(self.precise, features, way), self.answer(self.precise, torch.from_numpy(exact)[None], way), self.answer(self.model, torch.from_numpy(exact)[None], way))
            if any(other != made for other in others):
                ties += 1
                continue
            answers[name] = {"input": way, **made}
        return {"samples": len(samples), "features": sampled(exact), "encoder": sampled(encoded), "answers": answers}, ties

    def padded(self, samples: np.ndarray) -> np.ndarray:
        return np.pad(samples, (0, max(0, self.extractor.n_samples - len(samples))))


if __name__ == "__main__":
    checkpoint, folder, recordings = map(Path, sys.argv[1:])
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    references = References(checkpoint)
    made = {}
    for path in sorted(recordings.glob("*.wav")):
        made[path.stem], ties = references.recording(mono(path, references.extractor.sampling_rate))
        answers = made[path.stem]["answers"]
        print(path.stem, "answers", len(answers), "ties", ties, {name: (len(a["ids"]), len(a["segments"]), a["windows"]) for name, a in answers.items()})
    versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers, np, scipy)}
    (folder / "reference.json").write_text(json.dumps({"versions": versions, "recordings": made}, indent=None, separators=(",", ":"), ensure_ascii=False).replace('},"', '},\n"') + "\n")
