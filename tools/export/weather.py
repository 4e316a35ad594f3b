"""Export a SigLIP image classifier of transformers, or make the tiny ones of plugins/weather.

    python tools/export/weather.py CHECKPOINT FOLDER
    python tools/export/weather.py --tiny 1 2 3

FOLDER gets onnx/model.onnx (pixel_values [batch, 3, 224, 224] f32 -> logits [batch, labels] f32; position embeddings fix the
size), config.json and preprocessor_config.json. The logits come from the mean of the patches, not from the pooling head.
"""

from exporter import run

run(__file__, __doc__)
