"""Export a ResNet image classifier of transformers, or make the tiny ones of plugins/pet-classifier.

    python tools/export/pet-classifier.py CHECKPOINT FOLDER
    python tools/export/pet-classifier.py --tiny 1 2 3

FOLDER gets onnx/model.onnx (pixel_values [batch, 3, height, width] f32 -> logits [batch, labels] f32), config.json and
preprocessor_config.json.
"""

from exporter import run

run(__file__, __doc__)
