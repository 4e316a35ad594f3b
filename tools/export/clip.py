"""Export a transformers CLIP checkpoint to the layout of the public conversions.

    python tools/export/clip.py CHECKPOINT FOLDER     the original checkpoint to FOLDER
    python tools/export/clip.py --tiny SEED ...       small models into plugins/clip/fixtures (see clip/tiny_clip.py)

FOLDER gets onnx/vision_model.onnx (pixel_values [batch, 3, height, width] f32 -> image_embeds [batch, d] f32) and
onnx/text_model.onnx (input_ids [batch, sequence] i64 -> text_embeds [batch, d] f32), beside the configuration, processor
and tokenizer files. The embeddings are not normalised. Both graphs carry the trained `logit_scale` in their metadata.
"""

from exporter import run

run(__file__, __doc__)
