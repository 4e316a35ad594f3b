"""The graphs and files that segformer.py writes."""

import base64
import hashlib
import sys
from pathlib import Path

import torch
from transformers import AutoImageProcessor, SegformerConfig, SegformerForSemanticSegmentation, SegformerImageProcessor
from transformers.modeling_outputs import SemanticSegmenterOutput

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import Logits, digest, export_graph, command, pictures, randomise, write_reference  # noqa: E402

CLOTHES = [
    "Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress", "Belt",
    "Left-shoe", "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm", "Bag", "Scarf",
]
IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
TINY = {
    1: dict(height=32, width=64, labels=CLOTHES, options=IMAGENET),
    2: dict(height=32, width=32, labels=["road", "sky", "car"], options=dict(image_mean=[0.4, 0.5, 0.6], image_std=[0.21, 0.25, 0.3], resample=3)),
    3: dict(height=96, width=64, labels=CLOTHES[:5], options=IMAGENET),
}


def write(model: SegformerForSemanticSegmentation, processor, folder: Path) -> Logits:
    wrapped = Logits(model)
    height, width = processor.size["height"], processor.size["width"]
    axes = {0: "batch", 2: "rows", 3: "columns"}
    export_graph(wrapped, folder, (height, width), "logits", axes, [(2, height + 32, width + 64), (1, 96, 160)])
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return wrapped


def export(checkpoint: Path, folder: Path) -> None:
    model = SegformerForSemanticSegmentation.from_pretrained(checkpoint, attn_implementation="eager").eval()
    write(model, AutoImageProcessor.from_pretrained(checkpoint), folder)


@torch.no_grad()
def tiny(folder: Path, picture_folder: Path, seed: int) -> None:
    options = TINY[seed]
    labels = dict(enumerate(options["labels"]))
    config = SegformerConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 16, 16], num_attention_heads=[1, 1, 2, 2], decoder_hidden_size=12,
        num_labels=len(labels), id2label=labels, label2id={label: i for i, label in labels.items()},
    )
    model = SegformerForSemanticSegmentation._from_config(config, attn_implementation="eager").eval()
    randomise(model, 8)
    # Without what all pixels have in common, every class is somewhere the likeliest.
    shared = model(torch.randn(1, 3, options["height"], options["width"])).logits.mean((0, 2, 3))
    model.decode_head.classifier.bias.sub_(shared)
    processor = SegformerImageProcessor(size={"height": options["height"], "width": options["width"]}, **options["options"])
    wrapped = write(model, processor, folder)
    answers = []
    for name, picture in pictures(picture_folder):
        pixels = processor(picture, return_tensors="pt").pixel_values
        logits = wrapped(pixels)
        size = (picture.height, picture.width)
        (classes,) = processor.post_process_semantic_segmentation(SemanticSegmenterOutput(logits=logits), [size])
        counts = torch.bincount(classes.flatten(), minlength=len(labels)).tolist()
        answers.append({
            "file": name, "height": size[0], "width": size[1], "pixel_sha256": digest(pixels[0]), "shape": list(logits.shape[1:]),
            "logits": base64.b64encode(logits.numpy().astype("<f4").tobytes()).decode(),
            "classes_sha256": hashlib.sha256(classes.to(torch.uint8).numpy().tobytes()).hexdigest(), "counts": counts,
        })
    write_reference(folder, answers, labels=options["labels"])


def main() -> None:
    command("segformer", export, tiny)
