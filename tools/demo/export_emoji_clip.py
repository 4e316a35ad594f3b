"""Writes the trained CLIP in the layout of the public ONNX conversions and checks it against torch."""

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import nn
from transformers import CLIPImageProcessor, CLIPModel

from emoji_clip import build_clip, image_embeds, text_embeds
from emoji_set import list_emoji, render_glyph
from emoji_tokenizer import CONTEXT_LENGTH, END_ID, START_ID, VOCAB_SIZE, save_tokenizer
from half_weights import halve_weights

ARTIFACTS = Path(__file__).parents[2] / "packages" / "demo" / "artifacts" / "emoji-clip"
OPSET = 17
TOLERANCE = 1e-4
GOLDEN = "\N{SLICE OF PIZZA}"


class Tower(nn.Module):
    """One tower as a module of its own, so that the exporter sees one input and one output."""

    def __init__(self, model: CLIPModel, forward) -> None:
        super().__init__()
        self.model, self.run = model, forward

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self.run(self.model, inputs)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, required=True, help="of train_emoji_clip.py")
    run = arguments.parse_args().folder
    (ARTIFACTS / "onnx").mkdir(parents=True, exist_ok=True)
    model = load_rounded(run)
    write_settings(model, run)
    export_tower(model, image_embeds, "vision_model", "pixel_values", "image_embeds", pictures(2))
    export_tower(model, text_embeds, "text_model", "input_ids", "text_embeds", texts(2, 7))
    for n in (1, 3, 16):
        check(model, "vision_model", "pixel_values", image_embeds, pictures(n))
        for length in (2, 5, 11, CONTEXT_LENGTH):
            check(model, "text_model", "input_ids", text_embeds, texts(n, length))
    write_golden(model)


def load_rounded(run: Path) -> CLIPModel:
    """The averaged weights of a run, each rounded to float16, in a float32 model."""
    model = build_clip().eval()
    model.load_state_dict(torch.load(run / "checkpoint.pt", map_location="cpu")["averaged"])
    for parameter in model.parameters():
        parameter.data = parameter.data.half().float()
    return model.requires_grad_(False)


def write_settings(model: CLIPModel, run: Path) -> None:
    """The configuration, processor and tokenizer files, and names.json."""
    model.config.architectures = ["CLIPModel"]
    model.config.save_pretrained(ARTIFACTS)
    save_tokenizer(Tokenizer.from_file(str(run / "tokenizer.json")), ARTIFACTS)
    preprocessor = {
        "image_processor_type": "CLIPImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "size": {"shortest_edge": 64},
        "resample": 3,
        "do_center_crop": True,
        "crop_size": {"height": 64, "width": 64},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
    }
    (ARTIFACTS / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n")
    rows = [{"emoji": item.char, "codepoint": item.codepoint, "name": item.name} for item in list_emoji()]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (ARTIFACTS / "names.json").write_text(f"[\n{lines}\n]\n")


def export_tower(model: CLIPModel, forward, file: str, source: str, target: str, example: torch.Tensor) -> None:
    """Writes onnx/{file}_fp16.onnx with dynamic batch (and text length); embeddings are not normalised."""
    path = graph_path(file)
    axes = {source: {0: "batch_size"}, target: {0: "batch_size"}}
    if source == "input_ids":
        axes[source][1] = "sequence_length"
    wrapper = Tower(model, forward).eval()
    torch.onnx.export(
        wrapper,
        (example,),
        str(path),
        input_names=[source],
        output_names=[target],
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
    graph = onnx.load(path)
    halved = halve_weights(graph)
    scale = model.logit_scale.double()
    facts = {"logit_scale": repr(scale.item()), "logit_scale_exp": repr(scale.exp().item())}
    onnx.helper.set_model_props(graph, facts)
    onnx.save(graph, path)
    print(f"{path.name}: {path.stat().st_size} bytes, {halved} tensors in float16, {facts}")


def check(model: CLIPModel, file: str, source: str, forward, inputs: torch.Tensor) -> None:
    """Raises if ONNX Runtime and torch differ by more than TOLERANCE anywhere."""
    session = onnxruntime.InferenceSession(graph_path(file), providers=["CPUExecutionProvider"])
    got = session.run(None, {source: inputs.numpy()})[0]
    worst = np.abs(got - forward(model, inputs).numpy()).max()
    print(f"{file} {tuple(inputs.shape)}: differs by {worst:.1e}")
    assert got.dtype == np.float32 and worst < TOLERANCE


def write_golden(model: CLIPModel) -> None:
    """golden/pizza.png, a clean picture on white, and what transformers gives for it.

    pizza.embedding.json is the graph's output as it is; pizza.output.json the answer of the task, of length 1.
    """
    folder = ARTIFACTS / "golden"
    folder.mkdir(exist_ok=True)
    page = Image.new("RGBA", (160, 160), "white")
    page.alpha_composite(render_glyph(GOLDEN), (12, 12))
    page.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(folder / "pizza.png", optimize=True)
    embedding = reference_embeds(model, [Image.open(folder / "pizza.png").convert("RGB")])[0]
    (folder / "pizza.embedding.json").write_text(json.dumps(embedding.tolist()) + "\n")
    answer = {"embedding": (embedding / embedding.norm()).tolist()}
    (folder / "pizza.output.json").write_text(json.dumps(answer, separators=(",", ":")) + "\n")


def reference_embeds(model: CLIPModel, shots: list[Image.Image]) -> torch.Tensor:
    """[n, 96] from transformers itself: the default processor and CLIPModel's own forward."""
    processor = CLIPImageProcessor.from_pretrained(ARTIFACTS)
    pixels = processor(shots, return_tensors="pt")["pixel_values"]
    return torch.cat([model.visual_projection(model.vision_model(part).pooler_output) for part in pixels.split(256)])


def graph_path(file: str) -> Path:
    return ARTIFACTS / "onnx" / f"{file}_fp16.onnx"


def pictures(n: int) -> torch.Tensor:
    return torch.randn(n, 3, 64, 64, generator=torch.Generator().manual_seed(n))


def texts(n: int, length: int) -> torch.Tensor:
    """Ids between start and end, the last rows with an end that comes earlier."""
    ids = torch.randint(VOCAB_SIZE - 2, (n, length), generator=torch.Generator().manual_seed(n))
    ids[:, 0], ids[:, -1] = START_ID, END_ID
    if length > 4:
        ids[n // 2 :, -2] = END_ID
    return ids


if __name__ == "__main__":
    main()
