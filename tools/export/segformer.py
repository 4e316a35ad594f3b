"""Export a SegFormer of transformers, or make the tiny ones of plugins/segformer.

    python tools/export/segformer.py CHECKPOINT FOLDER
    python tools/export/segformer.py --tiny 1 2 3

FOLDER gets onnx/model.onnx (pixel_values [batch, 3, height, width] f32 -> logits [batch, labels, height / 4, width / 4] f32; the
legacy exporter keeps heights and widths free where the new one bakes them in), config.json and preprocessor_config.json.
"""

from exporter import run

run(__file__, __doc__)
