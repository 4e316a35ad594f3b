"""Export a Depth-Anything of transformers, or make the tiny ones of plugins/depth-anything.

    python tools/export/depth-anything.py CHECKPOINT FOLDER
    python tools/export/depth-anything.py --tiny 1 2 3 4

FOLDER gets onnx/model.onnx (pixel_values [batch, 3, height, width] f32, sides multiples of the patch size -> predicted_depth [batch, height,
width] f32, relative inverse depth or metres), config.json and preprocessor_config.json.
"""

from exporter import run

run(__file__, __doc__)
