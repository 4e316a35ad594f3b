"""Export FashionCLIP or FashionSigLIP from a transformers checkpoint to the layouts of their public conversions.

    python tools/export/fashion-clip.py CHECKPOINT FOLDER                          the original checkpoint to FOLDER
    python tools/export/fashion-clip.py --tiny SEED ... --open-clip PYTHON         small models into plugins/fashion-clip/fixtures

A CLIP becomes one graph, onnx/model.onnx: pixel_values [images, 3, height, width] f32, input_ids and attention_mask
[texts, sequence] i64 -> logits_per_image [images, texts], logits_per_text, text_embeds, image_embeds [_, d] f32, the embeddings
of unit length; the trained `logit_scale` is in its metadata. A SigLIP becomes onnx/vision_model.onnx (pixel_values ->
image_embeds) and onnx/text_model.onnx (input_ids -> text_embeds), neither normalised. PYTHON has open_clip 3.3, whose cleaning
of texts is part of what is compared.
"""

from exporter import run

run(__file__, __doc__)
