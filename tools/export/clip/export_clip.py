"""The graphs and files that clip.py writes."""

import math
import sys
from pathlib import Path

import onnx
import onnxruntime
import torch
from transformers import CLIPModel, CLIPProcessor


class Vision(torch.nn.Module):
    def __init__(self, model: CLIPModel):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model.visual_projection(self.model.vision_model(pixel_values=pixel_values).pooler_output)


class Text(torch.nn.Module):
    def __init__(self, model: CLIPModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model.text_projection(self.model.text_model(input_ids=input_ids).pooler_output)


def export(model: CLIPModel, folder: Path) -> None:
    """Write both graphs and check them against torch at sizes other than the traced ones."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    size = model.config.vision_config.image_size
    context = model.config.text_config.max_position_embeddings
    last = model.config.text_config.vocab_size - 1
    pixels = torch.randn(2, 3, size, size)
    ids = torch.randint(0, last, (2, 7))
    ids[:, -1] = last
    batch, sequence = {0: "batch"}, {0: "batch", 1: "sequence"}
    graphs = [
        ("vision_model", Vision(model), pixels, "pixel_values", "image_embeds", batch),
        ("text_model", Text(model), ids, "input_ids", "text_embeds", sequence),
    ]
    for name, wrapper, example, source, target, axes in graphs:
        # A wrapper is born in train mode, which the exporter would restore on what it wraps.
        wrapper.eval()
        path = folder / "onnx" / f"{name}.onnx"
        torch.onnx.export(
            wrapper, (example,), path, input_names=[source], output_names=[target],
            dynamic_axes={source: axes, target: batch}, opset_version=17, dynamo=False,
        )
        graph = onnx.load(path)
        raw = model.logit_scale.item()
        onnx.helper.set_model_props(graph, {"logit_scale": repr(raw), "logit_scale_exp": repr(math.exp(raw))})
        onnx.save(graph, path)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        for count in (1, 3, 5):
            other = torch.randn(count, 3, size, size) if name == "vision_model" else torch.randint(0, last, (count, context))
            if name == "text_model":
                other[:, -1] = last
            with torch.no_grad():
                expected = wrapper(other).numpy()
            actual = session.run([target], {source: other.numpy()})[0]
            difference = abs(expected - actual).max()
            assert difference < 1e-4, f"{name} differs by {difference} at batch {count}"


def main() -> None:
    if sys.argv[1] == "--tiny":
        from tiny_clip import make_all

        make_all({int(seed) for seed in sys.argv[2:]})
        return
    checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
    clip = CLIPModel.from_pretrained(checkpoint, attn_implementation="eager").eval()
    export(clip, folder)
    clip.config.save_pretrained(folder)
    CLIPProcessor.from_pretrained(checkpoint).save_pretrained(folder)
