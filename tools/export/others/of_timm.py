"""Classifiers of timm: its own files of a checkpoint (`save_for_hf`) and its own exporter (`onnx_export`)."""

import sys

import timm
import torch
from cases import LABELS, PICTURES, attempt, picture, scores, session, softmax
from timm.data import create_transform, resolve_data_config
from timm.models import save_for_hf
from timm.utils.onnx import onnx_export

EXPORTS = [
    ("resnet18.a1_in1k", "torchscript", {}),
    ("resnet18.a1_in1k", "dynamic batch", {"dynamic": True}),
    ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", "torchscript", {}),
    ("convnext_atto.d2_in1k", "torchscript", {}),
    ("efficientnet_b0.ra_in1k", "torchscript", {}),
    ("mobilenetv3_small_050.lamb_in1k", "dynamo", {"dynamo": True}),
    ("regnety_002.pycls_in1k", "torchscript", {}),
    ("deit_tiny_patch16_224.fb_in1k", "dynamo", {"dynamo": True}),
    ("swin_tiny_patch4_window7_224.ms_in1k", "torchscript", {}),
    ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", "128 px", {"size": 128}),
]


def build(name: str, size: int | None):
    torch.manual_seed(3)
    model = timm.create_model(name, pretrained=False, num_classes=len(LABELS), exportable=True, **({"img_size": size} if size else {}))
    transform = create_transform(**resolve_data_config({} if size is None else {"input_size": (3, size, size)}, model=model), is_training=False)
    pictures = torch.stack([transform(picture(path)) for path in PICTURES])
    # What random layers give is alike for all pictures: batch norms learn these, and the head looks closely.
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.momentum = None
            module.reset_running_stats()
    with torch.no_grad():
        model(pictures)
    model.eval()
    with torch.no_grad():
        head = model.get_classifier()
        spread = model(pictures).std()
        head.weight.mul_(2 / spread)
        head.bias.mul_(2 / spread)
    return model, transform


def make(root) -> None:
    for name, variant, options in EXPORTS:
        with attempt(root, "timm", name.split(".")[0], variant, "violence-detection") as case:
            size = options.get("size")
            model, transform = build(name, size)
            save_for_hf(model, case.folder, model_config={"label_names": LABELS, **({"num_classes": len(LABELS)})},
                        **({"model_args": {"img_size": size}} if size else {}))
            file = case.folder / "model.onnx"
            dynamic = {"dynamic_size": False, "batch_size": 1} if not options.get("dynamic") else {}
            if options.get("dynamic"):
                torch.onnx.export(model, torch.randn(2, 3, *model.pretrained_cfg["input_size"][1:]), str(file), dynamo=False, opset_version=17,
                                  input_names=["input0"], output_names=["output0"], dynamic_axes={"input0": {0: "batch"}, "output0": {0: "batch"}})
            else:
                onnx_export(model, str(file), input_size=(3, size, size) if size else None, use_dynamo=options.get("dynamo", False), **dynamic)
            for other in case.folder.glob("*.safetensors"):
                other.unlink()
            for other in case.folder.glob("*.bin"):
                other.unlink()
            runs = session(file)
            for path in PICTURES:
                [logits] = runs.run(None, {runs.get_inputs()[0].name: transform(picture(path))[None].numpy()})
                case.ask("classify-image", path, scores(LABELS, softmax(logits)[0]))
