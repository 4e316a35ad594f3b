"""What the exporters of models that look at one picture share: the graph, its check under onnxruntime, pictures and answers.

Each exporter is run in one of two ways:

    python tools/export/x.py CHECKPOINT FOLDER      from the original checkpoint to the layout of the public conversions
    python tools/export/x.py --tiny SEED [SEED...]  small models with random weights into the plugin's fixtures, with answers
"""

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy
import onnxruntime
import PIL
import torch
import torchvision
import transformers
from PIL import Image
from transformers.image_utils import load_image

EXPORT = Path(__file__).parents[1]
sys.path.insert(0, str(EXPORT / "clip"))

from fixture_pictures import scene  # noqa: E402

torch.set_num_threads(1)


class Logits(torch.nn.Module):
    """A model whose answer has several fields, as one that gives a single tensor."""

    def __init__(self, model: torch.nn.Module, field: str = "logits"):
        super().__init__()
        self.model = model
        self.field = field

    def forward(self, pixel_values):
        return getattr(self.model(pixel_values=pixel_values), self.field)


def export_graph(model: torch.nn.Module, folder: Path, size: tuple[int, int], output: str, axes: dict, others: list[tuple[int, int, int]]) -> None:
    """Write onnx/model.onnx and compare it with torch.

    size: height and width of the traced picture. axes: names of the output's free axes. others: batch, height and width
    of further trials; heights and widths are free in the graph where one of them differs from `size`.
    """
    # A wrapper is born in train mode, which the exporter would restore on what it wraps.
    model.eval()
    path = folder / "onnx" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    free = any((height, width) != size for _, height, width in others)
    torch.onnx.export(
        model, (torch.randn(2, 3, *size),), path, input_names=["pixel_values"], output_names=[output],
        dynamic_axes={"pixel_values": {0: "batch", **({2: "height", 3: "width"} if free else {})}, output: axes},
        opset_version=17, dynamo=False,
    )
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch, height, width in [(1, *size), (3, *size), *others]:
        pixels = torch.randn(batch, 3, height, width)
        with torch.no_grad():
            expected = model(pixels).numpy()
        actual = session.run([output], {"pixel_values": pixels.numpy()})[0]
        assert expected.shape == actual.shape, f"{actual.shape} instead of {expected.shape} at {batch} x {height} x {width}"
        difference = abs(expected - actual).max() / max(1, abs(expected).max())
        assert difference < 1e-4, f"differs by {difference} at {batch} x {height} x {width}"


def make_pictures(folder: Path) -> None:
    """Five pictures from formulas: wide, tall, small, grey and large."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    Image.fromarray(scene(160, 40)).save(folder / "wide.jpg", quality=88)
    Image.fromarray(scene(37, 151)).save(folder / "tall.png")
    Image.fromarray(scene(19, 23)).save(folder / "small.png")
    Image.fromarray(scene(70, 50)[..., 0]).save(folder / "grey.jpg", quality=90)
    large = Image.fromarray(scene(120, 80)).resize((1200, 800), Image.Resampling.BICUBIC)
    large.save(folder / "large.jpg", quality=40)


def pictures(folder: Path) -> list[tuple[str, Image.Image]]:
    """Names and RGB pictures, as transformers' pipelines open them."""
    return [(path.name, load_image(str(path))) for path in sorted(folder.iterdir())]


def digest(values) -> str:
    """sha256 of the values as little-endian float32."""
    return hashlib.sha256(numpy.ascontiguousarray(values, dtype="<f4").tobytes()).hexdigest()


def randomise(model: torch.nn.Module, factor: float = 3) -> None:
    """Weights that tell pictures apart, and batch normalisations that do something; fresh ones hardly do."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(factor)
        for layer in model.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.running_mean.normal_(0, 0.3)
                layer.running_var.uniform_(0.5, 2)
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.normal_(0, 0.3)


def write_reference(folder: Path, answers: list[dict], **more) -> None:
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, transformers, PIL)}
    (folder / "reference.json").write_text(json.dumps({"versions": versions, **more, "images": answers}, indent=1) + "\n")


@torch.no_grad()
def classify(model: torch.nn.Module, prepare, folder: Path, activation: str) -> list[dict]:
    """Per picture the digest of its tensor, the logits and the scores. prepare: a picture to [3, height, width]."""
    answers = []
    for name, picture in pictures(folder):
        pixels = prepare(picture)
        logits = model(pixels[None])[0]
        scores = logits.sigmoid() if activation == "sigmoid" else logits.softmax(-1)
        answers.append({"file": name, "pixel_sha256": digest(pixels), "logits": logits.tolist(), "scores": scores.tolist()})
    return answers


def command(plugin: str, export, tiny) -> None:
    """export(checkpoint, folder) or, per seed, tiny(folder of the fixture, folder of the pictures, seed)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--tiny", nargs="+", type=int)
    asked = parser.parse_args()
    if asked.tiny is None:
        checkpoint, folder = asked.paths
        export(checkpoint, folder)
        return
    fixtures = EXPORT.parents[1] / "plugins" / plugin / "fixtures"
    make_pictures(fixtures / "pictures")
    for seed in asked.tiny:
        folder = fixtures / f"seed-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        torch.manual_seed(seed)
        tiny(folder, fixtures / "pictures", seed)
    print(plugin, sum(path.stat().st_size for path in fixtures.rglob("*") if path.is_file()), "bytes")
