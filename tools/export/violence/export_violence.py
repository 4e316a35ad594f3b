"""The graphs and files that violence.py writes."""

import json
import sys
from pathlib import Path

import timm
import torch
from timm.layers import set_fused_attn
from transformers import ViTImageProcessor

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import classify, export_graph, command, randomise, write_reference  # noqa: E402

# From the loaders that its users wrote: the checkpoint's own configuration was empty when it was published.
LABELS = ["NonViolence", "Violence"]
# Width of one head in every ViT of timm; a state_dict does not say it.
HEAD = 64
TINY = {
    1: dict(image=32, patch=8, width=32, heads=4, resample=2, mean=[0.5] * 3, std=[0.5] * 3, labels=LABELS),
    2: dict(image=48, patch=16, width=24, heads=2, resample=3, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3], labels=["Violence", "NonViolence"]),
    3: dict(image=224, patch=32, width=24, heads=4, resample=2, mean=[0.5] * 3, std=[0.5] * 3, labels=["safe", "violence"]),
}


def vision_transformer(image: int, patch: int, width: int, depth: int, heads: int, labels: int) -> torch.nn.Module:
    # timm's fused attention has no operator before opset 23.
    set_fused_attn(False)
    return timm.create_model(
        "vit_base_patch16_224", pretrained=False, img_size=image, patch_size=patch, embed_dim=width, depth=depth, num_heads=heads, num_classes=labels
    )


def write(model: torch.nn.Module, image: int, labels: list[str], folder: Path) -> None:
    export_graph(model, folder, (image, image), "logits", {0: "batch"}, [(5, image, image)])
    config = {"model_type": "vit", "architectures": ["VisionTransformer"], "image_size": image, "id2label": dict(enumerate(labels))}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def export(checkpoint: Path, folder: Path) -> None:
    state = torch.load(checkpoint / "pytorch_model.bin", map_location="cpu", weights_only=True)
    width, _, patch, _ = state["patch_embed.proj.weight"].shape
    image = round((state["pos_embed"].shape[1] - 1) ** 0.5) * patch
    depth = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("blocks."))
    count = state["head.weight"].shape[0]
    model = vision_transformer(image, patch, width, depth, width // HEAD, count)
    model.load_state_dict(state, strict=True)
    config = json.loads((checkpoint / "config.json").read_text() or "{}")
    labels = config.get("id2label") or dict(enumerate(LABELS))
    write(model.eval(), image, [labels.get(str(i), labels.get(i)) for i in range(count)], folder)
    ViTImageProcessor.from_pretrained(checkpoint).save_pretrained(folder)


def tiny(folder: Path, pictures: Path, seed: int) -> None:
    options = TINY[seed]
    image, labels = options["image"], options["labels"]
    model = vision_transformer(image, options["patch"], options["width"], 2, options["heads"], len(labels)).eval()
    randomise(model, 8)
    write(model, image, labels, folder)
    processor = ViTImageProcessor(
        size={"height": image, "width": image}, resample=options["resample"], image_mean=options["mean"], image_std=options["std"]
    )
    processor.save_pretrained(folder)
    prepare = lambda picture: processor(picture, return_tensors="pt").pixel_values[0]  # noqa: E731
    write_reference(folder, classify(model, prepare, pictures, "softmax"), labels=labels)


def main() -> None:
    command("violence", export, tiny)
