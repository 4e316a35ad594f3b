"""Export a ViT classifier whose checkpoint is in timm's layout, or make the tiny ones of plugins/violence.

    python tools/export/violence.py CHECKPOINT FOLDER
    python tools/export/violence.py --tiny 1 2 3

CHECKPOINT holds pytorch_model.bin with timm's names (`blocks.*`, `patch_embed.*`, `head.*`) and preprocessor_config.json.
transformers' ViTForImageClassification would load it with a warning and leave the backbone random; here every tensor must find
its place. FOLDER gets onnx/model.onnx (pixel_values [batch, 3, 224, 224] f32 -> logits [batch, labels] f32; position embeddings
fix the size), config.json with the labels and preprocessor_config.json.
"""

from exporter import run

run(__file__, __doc__)
