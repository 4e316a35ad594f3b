"""Export a transformers ViTPose checkpoint to the layout of the public conversions.

    python tools/export/vitpose.py CHECKPOINT FOLDER     the original checkpoint to FOLDER
    python tools/export/vitpose.py --tiny SEED ...       small models into plugins/vitpose/fixtures (see tiny_vitpose.py)

FOLDER gets onnx/model.onnx (pixel_values [batch, 3, height, width] f32 -> heatmaps [batch, keypoints, h, w] f32) beside
config.json and preprocessor_config.json. A model with several experts keeps `dataset_index` [batch] i64 as an input, so
that whoever runs it chooses among the data sets that it was trained on.
"""

from exporter import run

run(__file__, __doc__)
