"""Classifiers of torchvision through both of PyTorch's exporters, `classes.txt` beside them."""

import torch
import torchvision
from cases import LABELS, PICTURES, attempt, normalised, scores, session, softmax

EXPORTS = [
    ("resnet18", "torchscript", {}),
    ("resnet18", "dynamo", {"dynamo": True}),
    ("resnet18", "softmax within", {"last": torch.nn.Softmax(1)}),
    ("resnet18", "softmax within, dynamo", {"last": torch.nn.Softmax(1), "dynamo": True}),
    ("mobilenet_v3_small", "torchscript", {}),
    ("shufflenet_v2_x0_5", "dynamo", {"dynamo": True}),
    ("squeezenet1_1", "sigmoid within", {"last": torch.nn.Sigmoid()}),
    ("efficientnet_b0", "dynamic", {"dynamic": True}),
]


def build(name: str, last):
    torch.manual_seed(5)
    model = getattr(torchvision.models, name)(weights=None, num_classes=len(LABELS))
    pictures = torch.cat([torch.from_numpy(normalised(path, 224)) for path in PICTURES])
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    with torch.no_grad():
        model(pictures)
        model.eval()
        spread = float(model(pictures).std())
    whole = [model, Scale(2 / spread)] + ([] if last is None else [last])
    return torch.nn.Sequential(*whole).eval()


class Scale(torch.nn.Module):
    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, values):
        return values * self.factor


def make(root) -> None:
    for name, variant, options in EXPORTS:
        with attempt(root, "torchvision", name, variant, "vehicle-segment-classification") as case:
            last = options.get("last")
            model = build(name, last)
            file = case.folder / "model.onnx"
            sample = torch.randn(1, 3, 224, 224)
            axes = {"dynamic_axes": {"input": {0: "batch"}, "output": {0: "batch"}}} if options.get("dynamic") else {}
            if options.get("dynamo"):
                torch.onnx.export(model, (sample,), str(file), dynamo=True, external_data=False)
            else:
                torch.onnx.export(model, sample, str(file), dynamo=False, input_names=["input"], output_names=["output"], opset_version=17, **axes)
            (case.folder / "classes.txt").write_text("\n".join(LABELS) + "\n")
            runs = session(file)
            for path in PICTURES:
                [values] = runs.run(None, {runs.get_inputs()[0].name: normalised(path, 224)})
                case.ask("classify-image", path, scores(LABELS, values[0] if last is not None else softmax(values)[0]))
