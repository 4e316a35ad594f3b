"""Runs the maker of one tool's exports."""

import importlib
import sys
from pathlib import Path

TOOLS = ("ultralytics", "timm", "torchvision", "optimum", "open_clip", "keras", "paddle", "quantised")


def main() -> None:
    tool, folder = sys.argv[1], Path(sys.argv[2])
    if tool not in TOOLS:
        raise SystemExit(f"{tool} is none of {', '.join(TOOLS)}")
    folder.mkdir(parents=True, exist_ok=True)
    importlib.import_module(f"of_{tool}").make(folder.resolve())
