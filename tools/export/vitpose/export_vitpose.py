"""The graphs and files that vitpose.py writes."""

import sys
from pathlib import Path

import numpy
import onnx
import onnxruntime
import torch
from transformers import VitPoseForPoseEstimation, VitPoseImageProcessor

torch.set_num_threads(1)


class Heatmaps(torch.nn.Module):
    """The model with the heatmaps alone as its answer; `expert` is baked in where it is not an input."""

    def __init__(self, model: VitPoseForPoseEstimation, expert: int | None = None):
        super().__init__()
        self.model = model
        self.expert = expert

    def forward(self, pixel_values, dataset_index=None):
        if self.expert is not None:
            dataset_index = torch.full((1,), self.expert)
        return self.model(pixel_values=pixel_values, dataset_index=dataset_index).heatmaps


def export(model: VitPoseForPoseEstimation, folder: Path, baked_expert: int | None = None, people: int | None = None) -> None:
    """Write the graph, for so many people at once if `people` says it, and check it against torch at other batch sizes than the traced one."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    backbone = model.config.backbone_config
    height, width = backbone.image_size
    takes_index = backbone.num_experts > 1 and baked_expert is None
    wrapper = Heatmaps(model, baked_expert if backbone.num_experts > 1 else None).eval()
    names = ["pixel_values", "dataset_index"] if takes_index else ["pixel_values"]

    def example(count: int) -> tuple[torch.Tensor, ...]:
        pixels = torch.randn(count, 3, height, width)
        return (pixels, torch.arange(count) % backbone.num_experts) if takes_index else (pixels,)

    path = folder / "onnx" / "model.onnx"
    torch.onnx.export(
        wrapper, example(people or 2), path, input_names=names, output_names=["heatmaps"],
        dynamic_axes={} if people else {name: {0: "batch"} for name in [*names, "heatmaps"]}, opset_version=17, dynamo=False,
    )
    graph = onnx.load(path)
    # The tracer knows neither the number of keypoints nor the sides of the maps, and gives them names that mislead.
    with torch.no_grad():
        shape = wrapper(*example(1)).shape
    for dim, size in zip(graph.graph.output[0].type.tensor_type.shape.dim[1:], shape[1:]):
        dim.dim_value = size
    onnx.save(graph, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for count in [people] if people else (1, 3, 5):
        inputs = example(count)
        with torch.no_grad():
            expected = wrapper(*inputs).numpy()
        actual = session.run(None, {name: tensor.numpy() for name, tensor in zip(names, inputs)})[0]
        difference = numpy.abs(expected - actual).max()
        assert difference < 1e-4, f"heatmaps differ by {difference} at batch {count}"


def main() -> None:
    if sys.argv[1] == "--tiny":
        from tiny_vitpose import make

        for seed in sys.argv[2:]:
            make(int(seed))
    else:
        checkpoint, folder = Path(sys.argv[1]), Path(sys.argv[2])
        pose = VitPoseForPoseEstimation.from_pretrained(checkpoint, attn_implementation="eager").eval()
        export(pose, folder)
        pose.config.save_pretrained(folder)
        VitPoseImageProcessor.from_pretrained(checkpoint).save_pretrained(folder)
