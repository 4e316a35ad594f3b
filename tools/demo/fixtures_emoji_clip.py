"""Writes the held-out pictures that tests classify, with transformers' answers, and measures the accuracy.

The seeds were chosen before any accuracy was seen. Every picture comes from `emoji_heldout.py`: scales, angles and
backgrounds that training never draws.
"""

import argparse
import json
import random
from pathlib import Path

import numpy as np
import PIL
import torch
import torch.nn.functional as F
import torchvision
import transformers
from PIL import Image
from transformers import CLIPModel, CLIPTokenizerFast

from emoji_heldout import render_heldout
from emoji_set import list_emoji
from emoji_tokenizer import CONTEXT_LENGTH
from export_emoji_clip import ARTIFACTS, load_rounded, reference_embeds

FIXTURES = Path(__file__).parents[2] / "packages" / "demo" / "fixtures" / "emoji"
PICTURES, PICTURES_SEED = 200, 2026
FRESH_PER_EMOJI, FRESH_SEED = 4, 2027
EMBEDDED = 20
COLOURS = 128
TEMPLATES = ("{}", "This is a photo of {}.")
TEXTS = (
    "slice of pizza",
    "a slice of pizza",
    "This is a photo of slice of pizza.",
    "A  Photo of\ta RED Apple",
    "grinning face with smiling eyes",
    "clock face four-thirty",
    "it's 2026!",
    "na\u00efve caf\u00e9 \U0001f355",
    "",
    "this text is so long that its end is cut away, because the context of the model has room for no more than a few "
    "words of it",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, required=True, help="of train_emoji_clip.py")
    model = load_rounded(arguments.parse_args().folder)
    FIXTURES.mkdir(parents=True, exist_ok=True)
    index = write_pictures()
    shots = [Image.open(FIXTURES / row["file"]).convert("RGB") for row in index]
    names = [item.name for item in list_emoji()]
    truth = torch.tensor([names.index(row["name"]) for row in index])
    images = reference_embeds(model, shots)
    rng = random.Random(FRESH_SEED)
    fresh = [render_heldout(item.char, rng) for item in list_emoji() for _ in range(FRESH_PER_EMOJI)]
    fresh_truth = torch.arange(len(names)).repeat_interleave(FRESH_PER_EMOJI)
    reference = {
        "versions": {
            "torch": torch.__version__.split("+")[0],
            "torchvision": torchvision.__version__.split("+")[0],
            "transformers": transformers.__version__,
            "pillow": PIL.__version__,
        },
        "names": len(names),
        "accuracy": {
            "fixtures": accuracy(model, images, truth, names),
            "fresh": accuracy(model, reference_embeds(model, fresh), fresh_truth, names),
        },
        "images": [image_row(row["file"], images[place]) for place, row in enumerate(index[:EMBEDDED])],
        "texts": [text_row(model, text) for text in TEXTS],
    }
    (FIXTURES / "reference.json").write_text(as_lines(reference))
    print(json.dumps(reference["accuracy"], indent=2))


def write_pictures() -> list[dict]:
    """PICTURES files of as many different emoji, and index.json; palette files, so that the set stays small."""
    rng = random.Random(PICTURES_SEED)
    index = []
    for item in rng.sample(list_emoji(), PICTURES):
        file = f"{ord(item.char):x}.png"
        picture = render_heldout(item.char, rng)
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(FIXTURES / file, optimize=True)
        index.append({"file": file, "name": item.name, "emoji": item.char})
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in index)
    (FIXTURES / "index.json").write_text(f"[\n{lines}\n]\n")
    return index


def accuracy(model: CLIPModel, images: torch.Tensor, truth: torch.Tensor, names: list[str]) -> dict:
    """Zero-shot among all names: the share of pictures whose own name comes first, and among the first five."""
    result: dict = {"pictures": len(truth)}
    for template in TEMPLATES:
        texts = embed_texts(model, [template.format(name) for name in names])
        best = (F.normalize(images, dim=1) @ F.normalize(texts, dim=1).T).topk(5).indices == truth[:, None]
        result[template] = {"top1": share(best[:, 0]), "top5": share(best.any(1))}
    return result


def embed_texts(model: CLIPModel, texts: list[str]) -> torch.Tensor:
    """[n, 96] from transformers itself, not normalised."""
    batch = tokenize(texts)
    return model.text_projection(model.text_model(**batch).pooler_output)


def tokenize(texts: list[str]):
    tokenizer = CLIPTokenizerFast.from_pretrained(ARTIFACTS)
    return tokenizer(texts, padding=True, truncation=True, max_length=CONTEXT_LENGTH, return_tensors="pt")


def image_row(file: str, embeds: torch.Tensor) -> dict:
    return {"file": file, "image_embeds": numbers(embeds)}


def text_row(model: CLIPModel, text: str) -> dict:
    ids = tokenize([text])["input_ids"][0].tolist()
    return {"text": text, "input_ids": ids, "text_embeds": numbers(embed_texts(model, [text])[0])}


def numbers(values: torch.Tensor) -> list[float]:
    """The shortest decimals that give the same float32 again."""
    return [float(np.format_float_positional(value, unique=True)) for value in values.numpy()]


def share(hits: torch.Tensor) -> float:
    return round(hits.float().mean().item(), 4)


def as_lines(reference: dict) -> str:
    """JSON with one picture or text a line."""

    def rows(key: str) -> str:
        return ",\n".join(json.dumps(row, ensure_ascii=False) for row in reference[key])

    head = json.dumps({key: reference[key] for key in ("versions", "names", "accuracy")}, indent=2)[:-2]
    return f'{head},\n  "images": [\n{rows("images")}\n],\n  "texts": [\n{rows("texts")}\n]\n}}\n'


if __name__ == "__main__":
    main()
