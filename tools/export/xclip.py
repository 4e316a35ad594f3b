"""Export a transformers X-CLIP checkpoint to one graph.

    python tools/export/xclip.py CHECKPOINT FOLDER     the original checkpoint to FOLDER
    python tools/export/xclip.py --tiny SEED ...       small models into plugins/xclip/fixtures (see tiny_xclip.py)

FOLDER gets onnx/model.onnx (pixel_values [videos, frames, 3, height, width] f32, input_ids and attention_mask
[texts, sequence] i64 -> logits_per_video [videos, texts], video_embeds [videos, d], text_embeds [videos, texts, d] f32)
beside config.json, preprocessor_config.json and tokenizer.json. Texts are conditioned on the video, so one graph holds both
sides. The embeddings have unit length; the logits are their cosines times the trained scale.
"""

from exporter import run

run(__file__, __doc__)
