"""Export a Whisper checkpoint to the layout of the public conversions. Runs under requirements-export.txt.

    python tools/export/whisper.py CHECKPOINT FOLDER                   # a transformers checkpoint
    python tools/export/whisper.py --ctranslate2 CHECKPOINT FOLDER     # one in CTranslate2's form, as faster-whisper takes it
    python tools/export/whisper.py --tiny SEED --references PYTHON     # a tiny checkpoint of plugins/whisper/fixtures, anew

FOLDER, `{name of CHECKPOINT}-onnx` where left out, gets onnx/encoder_model.onnx, onnx/decoder_model_merged.onnx, and beside
them config.json, generation_config.json, preprocessor_config.json and tokenizer.json. With --split it gets
onnx/decoder_model.onnx and onnx/decoder_with_past_model.onnx in place of the merged decoder; with --words decoders that say what
they attend to, for times of words. PYTHON is one that has
requirements.txt: what a tiny checkpoint answers is asked of that transformers.
"""

from exporter import run

run(__file__, __doc__)
