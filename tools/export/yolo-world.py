"""Export YOLO-World v2 (ultralytics) with its vocabulary as an input, and the CLIP text tower that makes it.

    python tools/export/yolo-world.py yolov8s-worldv2.pt CLIP FOLDER     CLIP: a transformers checkpoint of openai/clip-vit-base-patch32
    python tools/export/yolo-world.py --tiny SEED ...                    small models into plugins/yolo-world/fixtures, with answers

FOLDER gets model.onnx (images [1, 3, height, width] f32, txt_feats [1, n, 512] f32 of unit length -> output0
[1, 4 + n, anchors] f32), text_model.onnx (input_ids [batch, sequence] i64 -> text_embeds [batch, 512] f32), config.json and
tokenizer.json. What ultralytics itself exports, with the vocabulary baked in, is a model.onnx without txt_feats. Run it in the
environment of tools/export/yolo/requirements.txt: ultralytics is under the AGPL, and no part of the project.
"""

from exporter import run

run(__file__, __doc__)
