"""What transformers' pipeline makes of recordings in chunks. Runs under requirements.txt.

    python chunk_references.py CHECKPOINT

CHECKPOINT, a folder, gets the tiny Whisper `attended`. Writes plugins/whisper/fixtures/chunks: joined.json, of made ids what
`_decode_asr` and `_find_longest_common_sequence` join, and answers.json, what the pipeline answers about the tiny model's
recordings. Windows of other lengths than thirty seconds are counted at their own length.
"""

import functools
import json
import random
import sys
from pathlib import Path

import torch
import transformers
from tiny_whisper import FIXTURES, SEEDS, write_tiny_checkpoint
from transformers import AutomaticSpeechRecognitionPipeline, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperTokenizer
from transformers.models.whisper import tokenization_whisper
from whisper_references import mono

RATE = 16000
decode_asr = tokenization_whisper._decode_asr
# In the words of the task. Windows are of two seconds.
WAYS = {
    "chunks": {"chunk_length_s": 1.2},
    "chunks side by side": {"chunk_length_s": 1.5, "stride_length_s": [0.3, 0.2], "batch_size": 3},
    "whole windows": {"chunk_length_s": 2, "stride_length_s": [0], "batch_size": 2},
    "text": {"chunk_length_s": 1.2, "timestamps": False, "batch_size": 4},
    "text by beams": {"chunk_length_s": 1.6, "stride_length_s": [0.5], "timestamps": False, "num_beams": 2, "batch_size": 2},
    "german": {"chunk_length_s": 1.2, "language": "de", "batch_size": 2},
}


class MadeTokens:
    """A tokenizer whose texts are numbers: words are 0 to 99, then come the end, two languages and a mark, then times."""

    end, languages, times = 100, {101: "<|en|>", 102: "<|de|>"}, 104
    all_special_ids = [100, 101, 102, 103]

    def convert_tokens_to_ids(self, name: str) -> int:
        return self.times - 1 if name == "<|notimestamps|>" else -1

    def _strip_prompt(self, ids: list, *_) -> list:
        return ids

    def decode(self, ids: list) -> str:
        return self.languages.get(ids[0], "<|x|>") if len(ids) == 1 and ids[0] in self.all_special_ids else " ".join(map(str, ids))


def made_case(seed: int) -> dict:
    """A talk in chunks that overlap, heard with faults, or plain nonsense."""
    draw = random.Random(seed)
    length, stride = draw.choice([(2.0, (0.4, 0.4)), (1.5, (0.25, 0.5)), (2.0, (0.0, 0.3)), (1.0, (0.25, 0.0))])
    talk = [draw.randrange(100) for _ in range(draw.randint(5, 60))]
    seconds = len(talk) * 0.1
    step, chunks, start = length - sum(stride), [], 0.0
    while True:
        is_last = start + length >= seconds
        end = min(start + length, seconds)
        ids = []
        for at in range(int(start * 10), int(end * 10)):
            if draw.random() < 0.25:
                time = MadeTokens.times + min(99, max(0, round((at * 0.1 - start) / 0.02)))
                ids += [time, time] if draw.random() < 0.7 else [time]
            if draw.random() < 0.85:
                ids.append(talk[at] if draw.random() < 0.9 else draw.randrange(100))
        if seed % 4 == 3:
            ids = [draw.choice([draw.randrange(100), draw.randrange(104, 204), 100, 101, 102, 103]) for _ in range(draw.randint(0, 25))]
        elif draw.random() < 0.2:
            ids.insert(0, draw.choice([101, 102]))
        elif draw.random() < 0.1:
            ids = []
        samples = (round((end - start) * RATE), 0 if start == 0 else round(stride[0] * RATE), 0 if is_last else round(stride[1] * RATE))
        chunks.append({"ids": ids, "samples": samples})
        if is_last:
            break
        start += step
    joined = {}
    for times in (True, False):
        outputs = [{"tokens": torch.tensor([chunk["ids"]], dtype=torch.long).reshape(1, -1), "stride": tuple(n / RATE for n in chunk["samples"])} for chunk in chunks]
        # Languages are asked for so that every part is told; times are left in to compare.
        text, more = decode_asr(MadeTokens(), outputs, return_timestamps=times, return_language=True, time_precision=0.02, segment_size=100)
        parts = more["chunks"]
        joined["times" if times else "text"] = [[[int(n) for n in part["text"].split()], *part.get("timestamp", ())] for part in parts]
    return {"chunks": chunks, **joined}


def common(seed: int) -> dict:
    draw = random.Random(seed)
    talk = [draw.randrange(8 if seed % 2 else 100) for _ in range(40)]
    cuts = sorted(draw.sample(range(40), 4))
    texts = [talk[max(0, a - draw.randint(0, 6)) : b + draw.randint(0, 6)] for a, b in zip([0, *cuts], [*cuts, 40], strict=True)]
    texts = [[n if draw.random() < 0.9 else draw.randrange(100) for n in text] for text in texts]
    return {"texts": texts, "joined": [int(n) for n in tokenization_whisper._find_longest_common_sequence(texts)]}


def answers(checkpoint: Path) -> dict:
    config = json.loads((checkpoint / "config.json").read_text())
    tokenization_whisper._decode_asr = functools.partial(decode_asr, segment_size=config["max_source_positions"])
    tokens = json.loads((checkpoint / "tokenizer.json").read_text())["added_tokens"]
    special = [token["content"] for token in tokens if token["special"]]
    pipeline = AutomaticSpeechRecognitionPipeline(
        WhisperForConditionalGeneration.from_pretrained(checkpoint).eval(), device="cpu", feature_extractor=WhisperFeatureExtractor.from_pretrained(checkpoint),
        tokenizer=WhisperTokenizer.from_pretrained(checkpoint, additional_special_tokens=special, pad_token="<|endoftext|>"),
    )
    made = {}
    for path in sorted((FIXTURES / "recordings").glob("*.wav")):
        samples = mono(path, RATE)
        made[path.stem] = {}
        for name, way in WAYS.items():
            asked = {"num_beams": way.get("num_beams", 1), "max_new_tokens": 12} | ({"language": way["language"]} if "language" in way else {})
            options = {key: way[key] for key in ("chunk_length_s", "batch_size") if key in way}
            if "stride_length_s" in way:
                options["stride_length_s"] = (way["stride_length_s"] * 2)[:2]
            answer = pipeline(samples.copy(), return_timestamps=way.get("timestamps", True), generate_kwargs=asked, ignore_warning=True, **options)
            parts = [{"text": part["text"], "start": part["timestamp"][0], "end": part["timestamp"][1]} for part in answer.get("chunks", [])]
            made[path.stem][name] = {"input": {"max_new_tokens": 12, **way}, "text": answer["text"], "segments": parts if way.get("timestamps", True) else []}
        print(path.stem, {name: (len(one["text"]), len(one["segments"])) for name, one in made[path.stem].items()})
    return made


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    checkpoint = Path(sys.argv[1])
    write_tiny_checkpoint(next(seed for seed, size in SEEDS.items() if size["name"] == "attended"), checkpoint)
    folder = FIXTURES / "chunks"
    folder.mkdir(exist_ok=True)
    joined = {"joined": [made_case(seed) for seed in range(60)], "common": [common(seed) for seed in range(40)]}
    for name, value in (("joined", joined), ("answers", answers(checkpoint))):
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        (folder / f"{name}.json").write_text(text.replace('},"', '},\n"').replace('},{', '},\n{') + "\n")
