"""The graphs and files that depth-anything.py writes."""

import base64
import sys
from pathlib import Path

import torch
from transformers import AutoImageProcessor, DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessor
from transformers.modeling_outputs import DepthEstimatorOutput
from transformers.models.depth_anything import modeling_depth_anything

sys.path.insert(0, str(Path(__file__).parents[1] / "pictures"))
from picture_model import Logits, digest, export_graph, command, pictures, randomise, write_reference  # noqa: E402

# Values of a depth map that are kept, evenly spread over its pixels.
KEPT = 499
TINY = {
    1: dict(side=70, multiple=14, keeps=True, resample=3, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    2: dict(side=98, multiple=28, keeps=True, resample=3, mean=[0.4, 0.5, 0.6], std=[0.21, 0.25, 0.3]),
    3: dict(side=56, multiple=14, keeps=False, resample=2, mean=[0.5] * 3, std=[0.5] * 3),
    # Metres, larger patches, and pictures that are filled up.
    4: dict(side=60, multiple=1, keeps=True, resample=3, mean=[0.5] * 3, std=[0.25] * 3, patch=16, pad=32, metres=20),
}


def write(model: DepthAnythingForDepthEstimation, processor, folder: Path) -> Logits:
    wrapped = Logits(model, "predicted_depth")
    # The head calls int() on its sizes, which makes constants of what the exporter traces as free.
    modeling_depth_anything.int = lambda value: value
    try:
        axes = {0: "batch", 1: "height", 2: "width"}
        patch = model.config.patch_size
        shapes = [(rows * patch, columns * patch) for rows, columns in [(5, 7), (7, 5), (1, 5), (11, 6)]]
        others = [(2, *shapes[1]), (1, *shapes[2]), (1, *shapes[3])]
        export_graph(wrapped, folder, shapes[0], "predicted_depth", axes, others)
    finally:
        del modeling_depth_anything.int
    model.config.save_pretrained(folder)
    processor.save_pretrained(folder)
    return wrapped


def export(checkpoint: Path, folder: Path) -> None:
    model = DepthAnythingForDepthEstimation.from_pretrained(checkpoint, attn_implementation="eager").eval()
    write(model, AutoImageProcessor.from_pretrained(checkpoint), folder)


def sampled(depth: torch.Tensor) -> str:
    """Every n-th value of the map, so that about KEPT are left, as base64 of float32."""
    step = max(1, depth.numel() // KEPT)
    return base64.b64encode(depth.flatten()[::step].numpy().astype("<f4").tobytes()).decode()


@torch.no_grad()
def tiny(folder: Path, picture_folder: Path, seed: int) -> None:
    options = TINY[seed]
    side = options["side"]
    patch = options.get("patch", 14)
    stages = [f"stage{i}" for i in range(1, 5)]
    backbone = Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, mlp_ratio=2, image_size=5 * patch, patch_size=patch,
        out_features=stages, reshape_hidden_states=False, apply_layernorm=True,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[8, 8, 12, 12], fusion_hidden_size=8, head_hidden_size=8, patch_size=patch,
        **({"depth_estimation_type": "metric", "max_depth": options["metres"]} if "metres" in options else {}),
    )
    model = DepthAnythingForDepthEstimation._from_config(config, attn_implementation="eager").eval()
    randomise(model, 4)
    # A range of several units, a part of it below zero, where the last layer leaves nothing.
    depth = model.head.conv3
    depth.weight.mul_(1500)
    depth.bias.fill_(0.3)
    if "metres" in options:
        depth.weight.mul_(0.5)
    processor = DPTImageProcessor(
        size={"height": side, "width": side}, keep_aspect_ratio=options["keeps"], ensure_multiple_of=options["multiple"], resample=options["resample"],
        image_mean=options["mean"], image_std=options["std"],
        **({"do_pad": True, "size_divisor": options["pad"]} if "pad" in options else {"do_pad": False}),
    )
    wrapped = write(model, processor, folder)
    answers = []
    for name, picture in pictures(picture_folder):
        pixels = processor(picture, return_tensors="pt").pixel_values
        predicted = wrapped(pixels)
        size = (picture.height, picture.width)
        (result,) = processor.post_process_depth_estimation(DepthEstimatorOutput(predicted_depth=predicted), [size])
        depth = result["predicted_depth"]
        answers.append({
            "file": name, "height": size[0], "width": size[1], "pixel_sha256": digest(pixels[0]), "shape": list(predicted.shape[1:]),
            "predicted": sampled(predicted), "depth": sampled(depth), "minimum": depth.min().item(), "maximum": depth.max().item(),
        })
    write_reference(folder, answers)


def main() -> None:
    command("depth-anything", export, tiny)
