"""The checkpoints that compare:whisper asks: three tiny ones of three shapes, and a real one. Runs under
tools/export/whisper/requirements-export.txt.

    python checkpoints.py FOLDER [CTRANSLATE2]

Writes FOLDER/{name}/checkpoint in transformers' form and FOLDER/{name}/onnx beside its sidecars, exported with attentions.
CTRANSLATE2 is a checkpoint in faster-whisper's form, such as tiny.en; it gets the name of its folder.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "export" / "whisper"))

from ctranslate2_checkpoint import write_checkpoint  # noqa: E402
from export_whisper import export  # noqa: E402
from tiny_whisper import SEEDS, write_tiny_checkpoint  # noqa: E402

# openai/whisper counts languages in its own order: English, Chinese, German.
SHAPES = {
    4: SEEDS[4],
    12: dict(SEEDS[2], name="english-words", alignment=[[0, 1], [0, 2]], positions=36, ffn=4, times=True),
    13: dict(SEEDS[3], name="split-words", alignment=[[1, 0], [1, 2]], languages=["en", "zh", "de"], ffn=4),
}


def main(folder: Path, real: Path | None) -> None:
    for seed, size in SHAPES.items():
        SEEDS[seed] = size
        target = folder / size["name"]
        write_tiny_checkpoint(seed, target / "checkpoint")
        export(target / "checkpoint", target, size["split"], words=True)
    if real is not None:
        target = folder / real.name
        write_checkpoint(real, target / "checkpoint")
        export(target / "checkpoint", target, split=False, words=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
