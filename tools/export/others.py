"""Exports of models by the tools that people use, in the folders that these tools leave, with those tools' own answers.

    python tools/export/others.py TOOL FOLDER        ultralytics, timm, torchvision, optimum, open_clip, keras, paddle, quantised
    npm run proof -- exports --folder FOLDER         adopts each by `zoo adopt`, asks it, and compares the answers

Each export is a folder of FOLDER with a JSON file of the same name beside it: the tool, what `zoo adopt` is to be told, the
questions, and what the tool itself answers them (or ONNX Runtime in Python after the tool's own preprocessing). Weights are
random, made so that answers differ. Each tool runs in the environment that `others/requirements.txt` names for it; none of
them is part of the project.
"""

from exporter import run

run(__file__, __doc__)
