"""Export a transformers Florence-2 checkpoint to the layout of the public conversions.

    python tools/export/florence.py CHECKPOINT FOLDER     the checkpoint (as florence-community publishes it) to FOLDER
    python tools/export/florence.py --tiny SEED ...       small models into plugins/florence/fixtures (see tiny_florence.py)

FOLDER gets, under onnx/:

    vision_encoder         pixel_values f32 [batch, 3, height, width] -> image_features [batch, image tokens, width]
    embed_tokens           input_ids i64 [batch, length] -> inputs_embeds
    encoder_model          inputs_embeds, attention_mask i64 -> last_hidden_state
    decoder_model_merged   inputs_embeds, encoder_hidden_states, encoder_attention_mask i64, past_key_values.{i}.*, use_cache_branch -> logits, present.{i}.*

or decoder_model and decoder_with_past_model instead of the merged one, beside config.json, generation_config.json,
preprocessor_config.json, processor_config.json and tokenizer.json.
"""

from exporter import run

run(__file__, __doc__)
