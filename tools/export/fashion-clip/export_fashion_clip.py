"""The graphs and files that fashion-clip.py writes."""

import argparse
import math
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

torch.set_num_threads(1)


class Pairs(torch.nn.Module):
    """A CLIP with both sides in one graph."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, pixel_values, attention_mask):
        answer = self.model(input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask)
        return answer.logits_per_image, answer.logits_per_text, answer.text_embeds, answer.image_embeds


class Tower(torch.nn.Module):
    """One side of a SigLIP."""

    def __init__(self, tower, argument: str):
        super().__init__()
        self.tower = tower
        self.argument = argument

    def forward(self, value):
        return self.tower(**{self.argument: value}).pooler_output


def write(wrapper, example, folder: Path, name: str, inputs: list[str], outputs: list[str], axes: dict, metadata: dict) -> None:
    """Write a graph and check it against torch at other sizes than the traced ones. example: sizes to inputs."""
    # A wrapper is born in train mode, which the exporter would restore on what it wraps.
    wrapper.eval()
    path = folder / "onnx" / f"{name}.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        wrapper, example(2, 3, 5), path, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=17, dynamo=False
    )
    graph = onnx.load(path)
    onnx.helper.set_model_props(graph, metadata)
    onnx.save(graph, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for images, texts, sequence in ((1, 1, 2), (3, 1, 7), (1, 4, 6)):
        values = example(images, texts, sequence)
        with torch.no_grad():
            expected = wrapper(*values)
        expected = expected if isinstance(expected, tuple) else (expected,)
        for target, left, right in zip(outputs, expected, session.run(outputs, {key: value.numpy() for key, value in zip(inputs, values)})):
            # Logits and bare embeddings are as large as weights make them, so rounding is measured against them.
            difference = numpy.abs(left.numpy() - right).max() / max(1, numpy.abs(right).max())
            assert difference < 1e-4, f"{name}: {target} differs by {difference} for {images} images, {texts} texts of {sequence} tokens"


def export_clip(model, folder: Path) -> None:
    size, last = model.config.vision_config.image_size, model.config.text_config.vocab_size - 1

    def example(images: int, texts: int, sequence: int):
        ids = torch.randint(0, last, (texts, sequence))
        ids[:, -1] = last
        return ids, torch.randn(images, 3, size, size), torch.ones_like(ids)

    tokens, raw = {0: "texts", 1: "sequence"}, model.logit_scale.item()
    write(
        Pairs(model), example, folder, "model", ["input_ids", "pixel_values", "attention_mask"],
        ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
        {
            "input_ids": tokens, "attention_mask": tokens, "pixel_values": {0: "images"}, "logits_per_image": {0: "images", 1: "texts"},
            "logits_per_text": {0: "texts", 1: "images"}, "text_embeds": {0: "texts"}, "image_embeds": {0: "images"},
        },
        {"logit_scale": repr(raw), "logit_scale_exp": repr(math.exp(raw))},
    )


def export_siglip(model, folder: Path, outputs: tuple[str, str] = ("image_embeds", "text_embeds")) -> None:
    size, text = model.config.vision_config.image_size, model.config.text_config
    # Padding is read like any token: every text is as long as the context.
    graphs = [
        ("vision_model", "pixel_values", lambda images, *_: (torch.randn(images, 3, size, size),)),
        ("text_model", "input_ids", lambda _, texts, __: (torch.randint(0, text.vocab_size, (texts, text.max_position_embeddings)),)),
    ]
    for (name, source, example), target in zip(graphs, outputs):
        write(Tower(getattr(model, name), source), example, folder, name, [source], [target], {source: {0: "batch"}, target: {0: "batch"}}, {})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--tiny", nargs="+", type=int, default=[])
    parser.add_argument("--open-clip", default="python")
    options = parser.parse_args()
    if options.tiny:
        from tiny_fashion_clip import make

        for seed in options.tiny:
            make(seed, options.open_clip)
    else:
        checkpoint, folder = options.paths
        model = AutoModel.from_pretrained(checkpoint, attn_implementation="eager").eval()
        (export_siglip if model.config.model_type == "siglip" else export_clip)(model, folder)
        model.config.save_pretrained(folder)
        AutoTokenizer.from_pretrained(checkpoint).save_pretrained(folder)
        AutoImageProcessor.from_pretrained(checkpoint).save_pretrained(folder)
