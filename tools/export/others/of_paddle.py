"""Classifiers of Paddle through paddle2onnx, `classes.txt` beside them."""

import tempfile

import paddle
import paddle2onnx
from cases import LABELS, PICTURES, attempt, normalised, scores, session, softmax

EXPORTS = [("resnet18", "logits", None), ("mobilenet_v2", "softmax within", paddle.nn.Softmax()), ("squeezenet1_1", "logits", None)]


class Scaled(paddle.nn.Layer):
    def __init__(self, model, factor, last):
        super().__init__()
        self.model, self.factor, self.last = model, factor, last

    def forward(self, pictures):
        values = self.model(pictures) * self.factor
        return values if self.last is None else self.last(values)


def make(root) -> None:
    for name, variant, last in EXPORTS:
        with attempt(root, "paddle", name, variant, "vehicle-segment-classification") as case, tempfile.TemporaryDirectory() as scratch:
            paddle.seed(9)
            model = getattr(paddle.vision.models, name)(num_classes=len(LABELS))
            model.eval()
            given = paddle.concat([paddle.to_tensor(normalised(path, 224)) for path in PICTURES])
            whole = Scaled(model, 2 / float(model(given).std()), last)
            whole.eval()
            saved = f"{scratch}/model"
            paddle.jit.save(whole, saved, [paddle.static.InputSpec([None, 3, 224, 224], "float32", "x")])
            paddle2onnx.export(f"{saved}.json", f"{saved}.pdiparams", str(case.folder / "model.onnx"), opset_version=13)
            (case.folder / "classes.txt").write_text("\n".join(LABELS) + "\n")
            runs = session(case.folder / "model.onnx")
            for path in PICTURES:
                [values] = runs.run(None, {runs.get_inputs()[0].name: normalised(path, 224)})
                case.ask("classify-image", path, scores(LABELS, values[0] if last is not None else softmax(values)[0]))
