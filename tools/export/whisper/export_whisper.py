"""The graphs and files that whisper.py writes."""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from ctranslate2_checkpoint import write_checkpoint
from tiny_whisper import FIXTURES, SEEDS, write_recordings, write_tiny_checkpoint
from transformers import WhisperConfig

SIDECARS = ("config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json")
MERGED, SPLIT = ("decoder_model_merged",), ("decoder_model", "decoder_with_past_model")


def export(checkpoint: Path, folder: Path, split: bool, words: bool) -> None:
    from attended_whisper import attended
    from optimum.exporters.onnx import main_export

    config = WhisperConfig.from_pretrained(checkpoint)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        main_export(
            str(checkpoint), made, task="automatic-speech-recognition-with-past", do_validation=False,
            nb_max_frames=2 * config.max_source_positions, feature_size=config.num_mel_bins, **(attended(config) if words else {}),
        )
        for name in ("encoder_model", *(SPLIT if split else MERGED)):
            # Weights beyond 2 GB lie in a file beside the graph.
            for file in Path(made).glob(f"{name}.onnx*"):
                shutil.copy(file, folder / "onnx" / file.name)
        for name in SIDECARS:
            # The checkpoint's own words come first: the exporter writes what its transformers makes of them.
            source = checkpoint / name if (checkpoint / name).exists() else Path(made) / name
            shutil.copy(source, folder / name)


def make_tiny(seed: int, references: str) -> None:
    folder = FIXTURES / SEEDS[seed]["name"]
    shutil.rmtree(folder, ignore_errors=True)
    write_recordings(FIXTURES / "recordings")
    with tempfile.TemporaryDirectory() as checkpoint:
        write_tiny_checkpoint(seed, Path(checkpoint))
        export(Path(checkpoint), folder, SEEDS[seed]["split"], words=SEEDS[seed]["name"] == "attended")
        asked = "openai_references.py" if SEEDS[seed]["name"] == "attended" else "whisper_references.py"
        script = Path(__file__).with_name(asked)
        subprocess.run([references, str(script), checkpoint, str(folder), str(FIXTURES / "recordings")], check=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint", type=Path, nargs="?")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--ctranslate2", action="store_true")
    parser.add_argument("--split", action="store_true")
    parser.add_argument("--words", action="store_true")
    parser.add_argument("--tiny", type=int, metavar="SEED", choices=SEEDS)
    parser.add_argument("--references", metavar="PYTHON")
    options = parser.parse_args()
    if options.tiny is not None:
        if options.references is None:
            parser.error("--tiny needs --references, a Python with requirements.txt")
        make_tiny(options.tiny, options.references)
        return
    if options.checkpoint is None:
        parser.error("a checkpoint is needed")
    folder = options.folder or Path(f"{options.checkpoint.resolve().name}-onnx")
    if options.ctranslate2:
        with tempfile.TemporaryDirectory() as checkpoint:
            write_checkpoint(options.checkpoint, Path(checkpoint))
            export(Path(checkpoint), folder, options.split, options.words)
    else:
        export(options.checkpoint, folder, options.split, options.words)
    print(f"written {folder}")
