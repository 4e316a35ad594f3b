"""Texts as Florence-2 might write them, whole and broken, and what transformers' post-processor reads from them.

    python random_answers.py

Writes plugins/florence/fixtures/answers.json: 240 texts of pictures of many sizes, each with the answer of every kind, and boxes
with the location bins that they are asked about with.
"""

import json
import random
import sys
from pathlib import Path

import torch
import transformers
from tiny_florence import FIXTURES, make_tokenizer
from transformers import CLIPImageProcessor, Florence2Processor

KINDS = ["<CAPTION>", "<OCR_WITH_REGION>", "<OD>", "<CAPTION_TO_PHRASE_GROUNDING>", "<REFERRING_EXPRESSION_SEGMENTATION>", "<OPEN_VOCABULARY_DETECTION>", "<REGION_PROPOSAL>"]
BANNED = ["it", "the image", "a", "", "the"]
WORDS = [
    "a cat", "it", "the image", " a", "the", "naïve café", "🍕", "日本語", "two\nlines", "line\r\nend", "\u2028sep", "  spaced  ", "\u00a0nbsp\u3000", "\ufeffbom", "\x1cfs\x1f", "\x85nel",
    "a < b", "x > y", "<", ">", "STOP", "12", "loc_5", "it's", "\"quoted\"", "(group)", "$1 \\d+", "é", "\t", "\n", "💡 lamp", "Ω",
]
MARKS = ["<poly>", "</poly>", "<sep>", "<od>", "</od>", "<box>", "</box>", "<bbox>", "</bbox>", "<ground>", "<obj>", "<s>", "</s>", "<pad>", "<and>", "<unk>", "<ocr>"]
BROKEN = ["<loc_", "<loc_>", "<loc_x>", "<loc_12", "loc_12>", "<LOC_1>", "<loc_-1>", "<loc_ 1>", "<loc_٣>", "<loc_𝟙𝟚>", "<loc_0007>", "<loc_1000>", "<loc_4321>", "<poly", "</poly", "<sep", "<<loc_1>>"]


def places(draw: random.Random, count: int) -> str:
    return "".join(f"<loc_{draw.randrange(1000)}>" for _ in range(count))


def polygons(draw: random.Random) -> str:
    return "<sep>".join(places(draw, draw.choice([0, 1, 2, 3, 6, 7, 9])) for _ in range(draw.randint(1, 3)))


def whole(draw: random.Random) -> str:
    word = draw.choice(WORDS) if draw.random() < 0.6 else ""
    return draw.choice([
        lambda: word + places(draw, 4 * draw.randint(1, 3)),
        lambda: word + places(draw, 8),
        lambda: word + polygons(draw),
        lambda: word + "".join(f"<poly>{polygons(draw)}</poly>" for _ in range(draw.randint(1, 3))),
    ])()


def text(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.35:
        parts = [whole(draw) for _ in range(draw.randint(1, 4))]
    else:
        choices = [lambda: draw.choice(WORDS), lambda: draw.choice(MARKS), lambda: places(draw, draw.randint(1, 9)), lambda: whole(draw)]
        if kind > 0.65:
            choices.append(lambda: draw.choice(BROKEN))
        parts = [draw.choice(choices)() for _ in range(draw.randint(1, 9))]
    written = "".join(parts)
    if kind > 0.9:
        start = draw.randrange(len(written) + 1)
        written = written[start : start + draw.randint(0, len(written))]
    return draw.choice(["", "<s>", "</s><s>"]) + written + draw.choice(["", "</s>", "</s><pad>"])


def main() -> None:
    torch.set_num_threads(1)
    draw = random.Random(5)
    rules = {"phrase_grounding": {"banned_grounding_tokens": BANNED}}
    for kind in ("ocr", "pure_text", "description_with_bboxes", "description_with_polygons", "polygons", "bboxes", "description_with_bboxes_or_polygons"):
        rules[kind] = {}
    images = CLIPImageProcessor()
    images.image_seq_length = 5
    processor = Florence2Processor(image_processor=images, tokenizer=make_tokenizer(), post_processor_config=rules)
    cases = []
    while len(cases) < 240:
        written, size = text(draw), (draw.randint(1, 5000), draw.randint(1, 5000))
        answers = [processor.post_process_generation(written, task=kind, image_size=size)[kind] for kind in KINDS]
        answers = [list(answer.values()) if isinstance(answer, dict) else answer for answer in answers]
        cases.append([written, size, answers])
    boxes = []
    for _ in range(200):
        size = [draw.randint(1, 6000), draw.randint(1, 6000)]
        box = [draw.choice([draw.uniform(-0.1, 1.1) * side, draw.randrange(side + 1), round(draw.random() * 1000) * side / 1000]) for side in size * 2]
        boxes.append([size, box, processor.post_processor.quantize(torch.tensor([box]), size)[0].tolist()])
    written = {"versions": {"transformers": transformers.__version__, "torch": torch.__version__}, "kinds": KINDS, "banned": BANNED, "cases": cases, "boxes": boxes}
    path = FIXTURES / "answers.json"
    path.write_text(json.dumps(written) + "\n")
    print(path.stat().st_size, "bytes;", *(sum(bool(case[2][i] if i == 0 else case[2][i][0]) for case in cases) for i in range(len(KINDS))))


if __name__ == "__main__":
    sys.exit(main())
