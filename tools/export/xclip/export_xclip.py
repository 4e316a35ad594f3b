"""The graphs and files that xclip.py writes."""

import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from transformers import AutoTokenizer, VideoMAEImageProcessor, XCLIPModel

torch.set_num_threads(1)

INPUTS = ["pixel_values", "input_ids", "attention_mask"]
OUTPUTS = ["logits_per_video", "video_embeds", "text_embeds"]
AXES = {
    "pixel_values": {0: "videos"},
    "input_ids": {0: "texts", 1: "sequence"},
    "attention_mask": {0: "texts", 1: "sequence"},
    "logits_per_video": {0: "videos", 1: "texts"},
    "video_embeds": {0: "videos"},
    "text_embeds": {0: "videos", 1: "texts"},
}


class VideoTextMatch(torch.nn.Module):
    def __init__(self, model: XCLIPModel):
        super().__init__()
        self.model = model

    def forward(self, pixel_values, input_ids, attention_mask):
        answer = self.model(pixel_values=pixel_values, input_ids=input_ids, attention_mask=attention_mask)
        return answer.logits_per_video, answer.video_embeds, answer.text_embeds


def export(model: XCLIPModel, folder: Path) -> None:
    """Write the graph and check it against torch at other numbers of videos, texts and tokens than the traced ones."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    # A wrapper is born in train mode, which the exporter would restore on what it wraps.
    wrapper = VideoTextMatch(model).eval()
    path = folder / "onnx" / "model.onnx"
    torch.onnx.export(
        wrapper, example(model, 2, 3, 5), path, input_names=INPUTS, output_names=OUTPUTS, dynamic_axes=AXES,
        opset_version=17, dynamo=False,
    )
    graph = onnx.load(path)
    # The tracer gives sizes that it does not know names that mislead.
    for output in graph.graph.output:
        if output.name != "logits_per_video":
            output.type.tensor_type.shape.dim[-1].dim_value = model.config.projection_dim
    onnx.save(graph, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    context = model.config.text_config.max_position_embeddings
    for videos, texts, sequence in ((1, 1, 3), (1, 5, context), (3, 2, 4)):
        inputs = example(model, videos, texts, sequence)
        with torch.no_grad():
            expected = wrapper(*inputs)
        actual = session.run(OUTPUTS, {name: tensor.numpy() for name, tensor in zip(INPUTS, inputs)})
        for name, left, right in zip(OUTPUTS, expected, actual):
            # Logits are as large as the trained scale makes them, so rounding is measured against them.
            difference = numpy.abs(left.numpy() - right).max() / max(1, numpy.abs(right).max())
            assert difference < 1e-4, f"{name} differs by {difference} for {videos} videos, {texts} texts of {sequence} tokens"


def example(model: XCLIPModel, videos: int, texts: int, sequence: int) -> tuple[torch.Tensor, ...]:
    """Random inputs; the first text is shorter than the others, and padded as the tokenizer pads."""
    vision, text = model.config.vision_config, model.config.text_config
    pixels = torch.randn(videos, vision.num_frames, 3, vision.image_size, vision.image_size)
    last = text.vocab_size - 1
    ids = torch.randint(0, last, (texts, sequence))
    ids[:, -1] = last
    ids[0, -2:] = last
    mask = torch.ones_like(ids)
    mask[0, -1] = 0
    return pixels, ids, mask


def main() -> None:
    if sys.argv[1] == "--tiny":
        from tiny_xclip import make

        for seed in sys.argv[2:]:
            make(int(seed))
    else:
        checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
        xclip = XCLIPModel.from_pretrained(checkpoint, attn_implementation="eager").eval()
        export(xclip, folder)
        xclip.config.save_pretrained(folder)
        AutoTokenizer.from_pretrained(checkpoint).save_pretrained(folder)
        VideoMAEImageProcessor.from_pretrained(checkpoint).save_pretrained(folder)
