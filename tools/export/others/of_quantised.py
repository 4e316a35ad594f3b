"""Exports that a converter has been at: half precision by onnxconverter-common, whole numbers by ONNX Runtime's quantisers."""

import json
import tempfile
from pathlib import Path

import numpy
import onnx
import torch
from cases import LABELS, PICTURES, attempt, picture, scores, session, softmax
from of_timm import build
from onnxconverter_common import float16
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

EXPORTS = [
    ("resnet18.a1_in1k", "fp16", "model_fp16.onnx"),
    ("resnet18.a1_in1k", "fp16, float32 tensors", "model_fp16.onnx"),
    ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", "fp16", "model.onnx"),
    ("vit_tiny_patch16_224.augreg_in21k_ft_in1k", "quantize_dynamic", "model_quantized.onnx"),
    ("resnet18.a1_in1k", "quantize_static QDQ", "model_int8.onnx"),
    ("mobilenetv3_small_050.lamb_in1k", "quantize_static QOperator", "model_int8.onnx"),
]


class Pictures(CalibrationDataReader):
    def __init__(self, tensors):
        self.left = iter(tensors)

    def get_next(self):
        return next(self.left, None)


def make(root) -> None:
    for name, variant, called in EXPORTS:
        with attempt(root, "quantised", name.split(".")[0], variant, "violence-detection") as case, tempfile.TemporaryDirectory() as scratch:
            model, transform = build(name, None)
            plain, file = Path(scratch) / "plain.onnx", case.folder / called
            torch.onnx.export(model, torch.randn(1, 3, 224, 224), str(plain), dynamo=False, opset_version=17, input_names=["pixel_values"], output_names=["logits"],
                              dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}})
            config = {"architecture": name.split(".")[0], "num_classes": len(LABELS), "label_names": LABELS, "pretrained_cfg": {
                key: list(value) if isinstance(value, tuple) else value for key, value in model.pretrained_cfg.items() if key in ("input_size", "crop_pct", "interpolation", "mean", "std")}}
            (case.folder / "config.json").write_text(json.dumps(config))
            if variant.startswith("fp16"):
                onnx.save(float16.convert_float_to_float16(onnx.load(plain), keep_io_types="float32" in variant), file)
            elif variant == "quantize_dynamic":
                quantize_dynamic(str(plain), str(file))
            else:
                ready = Path(scratch) / "ready.onnx"
                quant_pre_process(str(plain), str(ready))
                tensors = [{"pixel_values": transform(picture(path))[None].numpy()} for path in PICTURES]
                quantize_static(str(ready), str(file), Pictures(tensors), quant_format=QuantFormat.QDQ if "QDQ" in variant else QuantFormat.QOperator)
            runs = session(file)
            kind = {"tensor(float16)": numpy.float16}.get(runs.get_inputs()[0].type, numpy.float32)
            for path in PICTURES:
                [logits] = runs.run(None, {"pixel_values": transform(picture(path))[None].numpy().astype(kind)})
                case.ask("classify-image", path, scores(LABELS, softmax(logits.astype(numpy.float32))[0]))
