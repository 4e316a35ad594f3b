"""What the references say of the recordings. Runs under tools/export/whisper/requirements.txt.

    python references.py CHECKPOINT RECORDINGS ANSWERS [--doubts FILE] [--every N] [--seconds N] [--part I/N]

Writes ANSWERS, a JSON of recording, way and what was asked in the words of the task, with the answer of

- openai/whisper's `transcribe` with times of words ("words"), and the same of the speech that faster-whisper's
  voice activity detection finds, by its `restore_speech_timestamps` ("speech"),
- transformers' pipeline in chunks, with times ("chunks"), and the text alone, by beams in tiny models ("chunked text").

With --doubts the recordings and ways of FILE are asked again of features with a millionth of noise; those whose decisions
change are added to FILE.ties: where rounding decides between two texts, there is no right answer to compare with. With --every
the pipeline is asked about each Nth recording alone; with --seconds recordings are cut off there, for tiny models, whose windows
are of two or three seconds. With --part the Ith of N parts of the recordings is asked about, from 0 on.
"""

import argparse
import functools
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[2] / "export" / "whisper"))

import transformers  # noqa: E402
from faster_whisper.transcribe import restore_speech_timestamps  # noqa: E402
from faster_whisper.vad import collect_chunks, get_speech_timestamps  # noqa: E402
from openai_references import References, rounded, told  # noqa: E402
from transformers import AutomaticSpeechRecognitionPipeline, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer  # noqa: E402
from transformers.models.whisper import tokenization_whisper  # noqa: E402
from whisper_references import mono  # noqa: E402

RATE = 16000
decode_asr = tokenization_whisper._decode_asr


class NoisyExtractor(WhisperFeatureExtractor):
    noise = 0.0

    def __call__(self, *asked, **options):
        features = super().__call__(*asked, **options)
        if self.noise > 0:
            features["input_features"] += self.noise * torch.randn(features["input_features"].shape)
        return features


class Asked:
    def __init__(self, checkpoint: Path):
        self.openai = References(checkpoint)
        self.config = json.loads((checkpoint / "config.json").read_text())
        positions = self.config["max_source_positions"]
        # Windows of other lengths than thirty seconds are not counted as thirty.
        tokenization_whisper._decode_asr = functools.partial(decode_asr, segment_size=positions)
        special = [token["content"] for token in json.loads((checkpoint / "tokenizer.json").read_text())["added_tokens"] if not token["content"][2:3].isdigit()]
        self.extractor = NoisyExtractor.from_pretrained(checkpoint)
        self.pipeline = AutomaticSpeechRecognitionPipeline(
            WhisperForConditionalGeneration.from_pretrained(checkpoint).eval(), device="cpu",
            tokenizer=WhisperTokenizer.from_pretrained(checkpoint, additional_special_tokens=special, pad_token="<|endoftext|>"), feature_extractor=self.extractor,
        )
        seconds = self.extractor.chunk_length
        is_tiny = positions < 1500
        length = 0.7 * seconds if is_tiny else 6
        # Random weights seldom end a text.
        most = self.most = 9 if is_tiny else self.config["max_target_positions"] // 2
        # openai/whisper always says that it transcribes; transformers leaves that out where neither task nor language is named.
        told = {"word_timestamps": True, "translate": False, "max_new_tokens": most}
        self.ways = {
            "words": told,
            "speech": {"vad": True, **told},
            "chunks": {"chunk_length_s": length, "batch_size": 3, "num_beams": 1, "max_new_tokens": most},
            "chunked text": {"chunk_length_s": length, "stride_length_s": [length / 4, length / 5], "batch_size": 2, "timestamps": False, "num_beams": 2 if is_tiny else 1, "max_new_tokens": most},
        }

    def answer(self, samples: np.ndarray, way: str) -> dict:
        if way == "words":
            return self.words(samples)
        return self.speech(samples) if way == "speech" else self.chunks(samples, self.ways[way])

    def words(self, samples: np.ndarray) -> dict:
        return told(self.openai.answer(samples, {"word_timestamps": True, "sample_len": self.most}))

    def speech(self, samples: np.ndarray) -> dict:
        found = get_speech_timestamps(samples)
        spans = [{"start": span["start"] / RATE, "end": span["end"] / RATE} for span in found]
        if not found:
            return {"speech": spans, "segments": []}
        made = self.words(collect_chunks(samples, found)[0][0])
        segments = [SimpleNamespace(**{**segment, "words": [SimpleNamespace(**word) for word in segment["words"]]}) for segment in made["segments"]]
        restored = [vars(segment) | {"words": [vars(word) for word in segment.words]} for segment in restore_speech_timestamps(segments, found, RATE)]
        return {**made, "speech": spans, "segments": restored}

    def chunks(self, samples: np.ndarray, way: dict) -> dict:
        asked = {"num_beams": way["num_beams"], "max_new_tokens": way["max_new_tokens"]}
        options = {key: way[key] for key in ("chunk_length_s", "stride_length_s", "batch_size") if key in way}
        made = self.pipeline(samples.copy(), return_timestamps=way.get("timestamps", True), generate_kwargs=asked, ignore_warning=True, **options)
        chunks = made.get("chunks", []) if way.get("timestamps", True) else []
        return {"text": made["text"], "segments": [{"text": chunk["text"], "start": chunk["timestamp"][0], "end": chunk["timestamp"][1]} for chunk in chunks]}


def decided(answer: dict) -> list:
    return [answer.get("text"), answer.get("language"), [[s["text"], s["start"], s["end"], [[w["word"], w["start"], w["end"]] for w in s.get("words", [])]] for s in answer["segments"]]]


def samples_of(path: Path, seconds: float | None) -> np.ndarray:
    samples = mono(path, RATE)
    return samples if seconds is None else samples[: int(seconds * RATE)]


def doubted(asked: Asked, recordings: Path, answers: dict, file: Path) -> None:
    ties = []
    for name, way in json.loads(file.read_text()):
        samples = samples_of(recordings / f"{name}.wav", answers[name]["seconds"])
        for seed in range(6):
            torch.manual_seed(seed)
            asked.openai.noise = asked.extractor.noise = 2e-6 * (1 + seed)
            made = asked.answer(samples, way)
            if decided(rounded(made)) != decided(answers[name]["ways"][way]["answer"]):
                ties.append([name, way])
                break
        print(name, way, "is a tie" if ties[-1:] == [[name, way]] else "differs", flush=True)
    file.with_name(f"{file.name}.ties").write_text(json.dumps(ties))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("checkpoint", "recordings", "answers"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--doubts", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--part", default="0/1")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    asked = Asked(options.checkpoint)
    if options.doubts is not None:
        doubted(asked, options.recordings, json.loads(options.answers.read_text()), options.doubts)
        return
    made = {}
    # By their last digits, so that a part, or a run that is cut short, has some of every kind.
    paths = sorted(options.recordings.glob("*.wav"), key=lambda path: path.stem[::-1])
    part, parts = map(int, options.part.split("/"))
    for place, path in list(enumerate(paths))[len(paths) * part // parts : len(paths) * (part + 1) // parts]:
        samples = samples_of(path, options.seconds)
        ways = {
            way: {"input": given, "answer": asked.answer(samples, way)}
            for way, given in asked.ways.items() if not way.startswith("chunk") or place % options.every == 0
        }
        made[path.stem] = {"seconds": options.seconds, "ways": ways}
        print(path.stem, {way: len(one["answer"]["segments"]) for way, one in ways.items()}, flush=True)
        options.answers.write_text(json.dumps(rounded(made), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    with torch.no_grad():
        main()
