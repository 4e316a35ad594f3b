"""Export a segmenting YOLO (v8, 11) with ultralytics' own exporter.

    python tools/export/vehicle-damage.py best.pt FOLDER        the original checkpoint to FOLDER/best.onnx
    python tools/export/vehicle-damage.py --tiny SEED ...       small models into plugins/vehicle-damage/fixtures, with answers

The graph takes images [1, 3, height, width] f32 and gives output0 [1, 4 + classes + masks, anchors] and output1
[1, masks, height / 4, width / 4]; `names`, `imgsz`, `stride` and `task` are in its metadata. Run it in the environment of
tools/export/yolo/requirements.txt: ultralytics is under the AGPL, and no part of the project.
"""

from exporter import run

run(__file__, __doc__)
