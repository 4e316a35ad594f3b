"""Classifiers of Keras through tf2onnx and Keras' own exporter, with a processor's file that says what Keras' `preprocess_input` does."""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy
import tensorflow
import tf2onnx
from cases import LABELS, PICTURES, attempt, picture, scores, session
from PIL import Image

SIDE = 96
EXPORTS = [
    ("MobileNetV2", "tf2onnx", {}),
    ("MobileNetV2", "tf2onnx, channels first", {"first": True}),
    ("MobileNetV2", "keras export", {"own": True}),
    ("MobileNetV3Small", "tf2onnx, channels first", {"first": True, "levels": 255}),
    ("DenseNet121", "tf2onnx, channels first", {"first": True, "levels": 1}),
    ("MobileNet", "tf2onnx, channels first, sigmoid", {"first": True, "activation": "sigmoid"}),
]


def build(name: str, activation: str, levels):
    keras.utils.set_random_seed(11)
    base = getattr(keras.applications, name)(weights=None, include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3))
    head = keras.layers.Dense(len(LABELS), activation=activation)
    model = keras.Model(base.input, head(keras.layers.LayerNormalization()(base.output)))
    # Batch norms learn what they see, so that answers differ.
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(numpy.concatenate([pixels(path, levels) for path in PICTURES]), training=True)
    return model


def pixels(path, levels) -> numpy.ndarray:
    values = numpy.asarray(picture(path).resize((SIDE, SIDE), Image.Resampling.BILINEAR), numpy.float32)
    return (values / numpy.float32(127.5) - 1 if levels is None else values if levels == 255 else values / numpy.float32(255))[None]


def make(root) -> None:
    for name, variant, options in EXPORTS:
        with attempt(root, "keras", name, variant, "vehicle-segment-classification") as case:
            model = build(name, options.get("activation", "softmax"), options.get("levels"))
            file = case.folder / "model.onnx"
            first = options.get("first", False)
            if options.get("own"):
                model(pixels(PICTURES[0], None))
                model.export(str(file), format="onnx", verbose=False)
            else:
                signature = [tensorflow.TensorSpec((None, SIDE, SIDE, 3), tensorflow.float32, name="input")]
                function = tensorflow.function(lambda input: model(input), input_signature=signature)
                tf2onnx.convert.from_function(function, input_signature=signature, opset=17, output_path=str(file),
                                              inputs_as_nchw=["input"] if first else None)
            levels = options.get("levels")
            processor = {"image_processor_type": "ViTImageProcessorPil", "size": {"height": SIDE, "width": SIDE}, "resample": 2}
            scaling = {None: {"do_rescale": True, "rescale_factor": 1 / 127.5, "do_normalize": True, "image_mean": [1, 1, 1], "image_std": [1, 1, 1]},
                       1: {"do_rescale": True, "do_normalize": False}, 255: {"do_rescale": False, "do_normalize": False}}[levels]
            (case.folder / "preprocessor_config.json").write_text(json.dumps(processor | scaling))
            (case.folder / "classes.txt").write_text("\n".join(LABELS) + "\n")
            runs = session(file)
            for path in PICTURES:
                values = pixels(path, levels)
                [answer] = runs.run(None, {runs.get_inputs()[0].name: values.transpose(0, 3, 1, 2) if first else values})
                case.ask("classify-image", path, scores(LABELS, answer[0]))
